// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * The tables of incidents.db.
 *
 * Texts are UTF-8; bytes of the input that are not, and control characters, stand as \xNN in them, as in the JSON
 * report. NULL is "not known". Sizes are KiB. Ids are CONTRACT.md's.
 */
#include "batch/db.h"

const char batch_schema[] =
	// One row for each input that a run has seen.
	"CREATE TABLE IF NOT EXISTS inputs("
	" id INTEGER PRIMARY KEY,"
	" path TEXT NOT NULL,"		  // as it was reached; of a split dump the first part
	" parts INTEGER NOT NULL,"	  // files of a split dump, else 1
	" key TEXT NOT NULL,"		  // hash of its real path
	" identity TEXT NOT NULL UNIQUE," // hash of real path, size, time of modification and inode
	" size INTEGER, mtime_ns INTEGER,"
	" state TEXT NOT NULL CHECK(state IN ('running','done','failed','no-input')),"
	" reason TEXT," // of a failure: unreadable, crashed, timeout, memory, sandbox, output
	" error TEXT,"	// one line
	" owner TEXT,"	// running: host:pid:start of the process
	" claimed INTEGER, finished INTEGER, seconds REAL,"
	" options TEXT, limits TEXT, version TEXT,"
	" reports TEXT," // path of its reports from this database's folder, without the ending
	" formats TEXT," // their endings: "txt,json"
	" status INTEGER, kind TEXT, format TEXT, complete INTEGER, host TEXT, release TEXT, machine TEXT,"
	" ram_kb INTEGER, panic TEXT, events INTEGER, oom INTEGER,"
	" cause TEXT, title TEXT, summary TEXT, signature TEXT," // the verdict on the input
	" missing INTEGER);"					 // facts that it could not give
	"CREATE INDEX IF NOT EXISTS inputs_key ON inputs(key);"
	// One row for each event of an input's log, or for what its structures alone tell.
	"CREATE TABLE IF NOT EXISTS incidents("
	" id INTEGER PRIMARY KEY,"
	" input INTEGER NOT NULL REFERENCES inputs(id) ON DELETE CASCADE,"
	" event INTEGER,"	      // index in the report
	" decisive INTEGER NOT NULL," // the one that the input's verdict is about
	" oom INTEGER NOT NULL,"
	" kind TEXT NOT NULL," // oom, allocation-failure, userspace
	" time TEXT,"	       // RFC 3339
	" epoch INTEGER,"      // the same in seconds since 1970; where zone_known is 0 the zone was taken for UTC
	" zone_known INTEGER, time_us INTEGER, boot INTEGER,"
	" host TEXT, release TEXT, machine TEXT, ram_kb INTEGER,"
	" cause TEXT NOT NULL, scope TEXT, consumer TEXT, outcome TEXT, confidence TEXT, title TEXT, summary TEXT,"
	" culprit_kind TEXT, culprit TEXT, culprit_pid INTEGER, culprit_kb INTEGER, culprit_share REAL,"
	" victim TEXT, victim_pid INTEGER, cgroup TEXT,"
	" signature TEXT);"
	"CREATE INDEX IF NOT EXISTS incidents_input ON incidents(input);"
	"CREATE INDEX IF NOT EXISTS incidents_signature ON incidents(signature);"
	"CREATE TABLE IF NOT EXISTS findings("
	" incident INTEGER NOT NULL REFERENCES incidents(id) ON DELETE CASCADE,"
	" n INTEGER, id TEXT, severity TEXT, title TEXT, detail TEXT);"
	"CREATE INDEX IF NOT EXISTS findings_incident ON findings(incident);"
	// The ten largest, and the victims.
	"CREATE TABLE IF NOT EXISTS tasks("
	" incident INTEGER NOT NULL REFERENCES incidents(id) ON DELETE CASCADE,"
	" pid INTEGER, uid INTEGER, comm TEXT, cmdline TEXT, rss_kb INTEGER, swap_kb INTEGER,"
	" oom_score_adj INTEGER, badness INTEGER, memcg TEXT, victim INTEGER);"
	"CREATE INDEX IF NOT EXISTS tasks_incident ON tasks(incident);"
	"CREATE VIEW IF NOT EXISTS hosts AS SELECT host, count(*) AS incidents, sum(oom) AS ooms,"
	" count(DISTINCT signature) AS signatures, min(epoch) AS first_seen, max(epoch) AS last_seen,"
	" count(DISTINCT input) AS inputs FROM incidents GROUP BY host;"
	"CREATE VIEW IF NOT EXISTS signatures AS SELECT signature, min(cause) AS cause, min(title) AS title,"
	" min(culprit) AS culprit, count(*) AS incidents, count(DISTINCT host) AS hosts,"
	" min(epoch) AS first_seen, max(epoch) AS last_seen FROM incidents GROUP BY signature;";
