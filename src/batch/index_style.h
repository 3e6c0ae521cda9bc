// SPDX-License-Identifier: GPL-2.0-or-later
/** @file How index.html looks. */
#ifndef OOM_BATCH_INDEX_STYLE_H
#define OOM_BATCH_INDEX_STYLE_H

static const char batch_index_style[] =
	":root{color-scheme:light "
	"dark;--bg:#fff;--fg:#1b1f24;--dim:#59636e;--line:#d8dee4;--soft:#f6f8fa;--mark:#b3261e}\n"
	"@media(prefers-color-scheme:dark){:root{--bg:#14171b;--fg:#e4e8ec;--dim:#98a2ad;--line:#30363d;--soft:#1c2127;"
	"--mark:#ff8a80}}\n"
	"*{box-sizing:border-box}\n"
	"body{margin:0;background:var(--bg);color:var(--fg);font:15px/1.45 system-ui,sans-serif}\n"
	"main{max-width:1200px;margin:0 auto;padding:1.5rem 1rem}\n"
	"h1{font-size:1.5rem;margin:0 0 1rem}h2{font-size:1.1rem;margin:2rem 0 .5rem}\n"
	"a{color:inherit}code{font:.85em ui-monospace,monospace;color:var(--dim)}\n"
	".tiles{display:flex;flex-wrap:wrap;gap:.75rem}\n"
	".tiles div{background:var(--soft);border:1px solid var(--line);border-radius:6px;padding:.6rem "
	".9rem;color:var(--dim)}\n"
	".tiles b{display:block;font-size:1.4rem;color:var(--fg)}\n"
	"table{width:100%;border-collapse:collapse}\n"
	"th{text-align:left;font-weight:600;color:var(--dim);font-size:.85rem}\n"
	"th,td{padding:.4rem .6rem .4rem 0;border-bottom:1px solid "
	"var(--line);vertical-align:top;overflow-wrap:anywhere}\n"
	"td.n{font-variant-numeric:tabular-nums}td.t{font-variant-numeric:tabular-nums;white-space:nowrap}\n"
	"tr.q td{color:var(--dim)}\n"
	"svg rect{fill:var(--mark)}svg rect.z{fill:var(--line)}\n"
	".note,footer{color:var(--dim);font-size:.85rem}footer{margin-top:2rem}\n"
	"@media(max-width:720px){thead{display:none}tr{display:block;border:1px solid var(--line);border-radius:6px;"
	"margin:0 0 .75rem;padding:.4rem .7rem}td{display:block;border:0;padding:.15rem 0}"
	"td::before{content:attr(data-l);display:block;color:var(--dim);font-size:.75rem}}\n"
	"@media print{main{max-width:none;padding:0}tr{break-inside:avoid}}\n";

#endif
