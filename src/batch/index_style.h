// SPDX-License-Identifier: GPL-2.0-or-later
/** @file How index.html looks. */
#ifndef OOM_BATCH_INDEX_STYLE_H
#define OOM_BATCH_INDEX_STYLE_H

// clang-format off
static const char batch_index_style[] =
	":root{color-scheme:light dark;--bg:#fff;--fg:#1b1f24;--dim:#59636e;--line:#d8dee4;--soft:#f6f8fa;"
	"--mark:#b3261e;--link:#0a58ca}\n"
	"@media(prefers-color-scheme:dark){:root{--bg:#14171b;--fg:#e4e8ec;--dim:#98a2ad;--line:#30363d;--soft:#1c2127;"
	"--mark:#ff8a80;--link:#8ab4f8}}\n"
	"*{box-sizing:border-box}\n"
	"body{margin:0;background:var(--bg);color:var(--fg);font:15px/1.45 system-ui,sans-serif;overflow-wrap:anywhere}\n"
	"main{max-width:1200px;margin:0 auto;padding:1.5rem 1rem}\n"
	"h1{font-size:1.5rem;margin:0 0 1rem}h2{font-size:1.15rem;margin:2.2rem 0 .5rem}\n"
	"h3{font-size:1rem;font-weight:600;margin:0 0 .4rem}h3 em{font-style:normal;color:var(--mark)}\n"
	"a{color:var(--link)}code{font:.9em ui-monospace,monospace}.q{color:var(--dim)}\n"
	".tiles{display:flex;flex-wrap:wrap;gap:.75rem}\n"
	".tiles div{background:var(--soft);border:1px solid var(--line);border-radius:6px;padding:.6rem .9rem;color:var(--dim)}\n"
	".tiles b{display:block;font-size:1.4rem;color:var(--fg)}\n"
	"article{border:1px solid var(--line);border-radius:6px;padding:.7rem .9rem;margin:0 0 .75rem}\n"
	"article p{margin:0 0 .5rem}\n"
	"article ul{display:flex;flex-wrap:wrap;gap:.4rem 2rem;margin:0 0 .4rem;padding:0;list-style:none;font-variant-numeric:tabular-nums}li small{display:block}\n"
	"th,small,td::before{font-weight:400;color:var(--dim);font-size:.8rem}\n"
	"svg{display:block}rect{fill:var(--mark)}rect.z{fill:var(--line)}\n"
	"summary{cursor:pointer;color:var(--link)}details table{margin:.4rem 0 0}\n"
	"table{width:100%;border-collapse:collapse}th{text-align:left}\n"
	"th,td{padding:.35rem .8rem .35rem 0;border-bottom:1px solid var(--line);vertical-align:top}\n"
	"th{overflow-wrap:normal}td:first-child,th:first-child{min-width:11rem}\n"
	"td.n,td.t{font-variant-numeric:tabular-nums}td.t{white-space:nowrap}\n"
	"tr.q td{color:var(--dim)}\n"
	".note,footer{color:var(--dim);font-size:.85rem}footer{margin-top:2rem}\n"
	// A table has no room there: a row becomes a block, each cell a line with its heading.
	"@media screen and (max-width:720px){table,tbody{display:block}thead{display:none}"
	"tr{display:block;border:1px solid var(--line);border-radius:6px;margin:0 0 .6rem;padding:.4rem .7rem}"
	"td,td.t{display:block;position:relative;border:0;padding:.1rem 0 .1rem 6rem;white-space:normal}"
	"td::before{content:attr(data-l);position:absolute;left:0}article ul{gap:.4rem 1.2rem}}\n"
	"@media print{main{max-width:none;padding:0}tr,article>ul{break-inside:avoid}h2,h3{break-after:avoid}"
	"a{color:inherit;text-decoration:none}thead{display:table-header-group}}\n"
	"@media print{details::details-content{content-visibility:visible;display:block}}\n";
// clang-format on

#endif
