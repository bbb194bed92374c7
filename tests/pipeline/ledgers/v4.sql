BEGIN TRANSACTION;
CREATE TABLE audit (
	id INTEGER NOT NULL, 
	at VARCHAR(40) NOT NULL, 
	who TEXT NOT NULL, 
	action VARCHAR(32) NOT NULL, 
	subject TEXT NOT NULL, 
	detail TEXT NOT NULL, 
	PRIMARY KEY (id)
);
CREATE TABLE detached (
	channel VARCHAR(64) NOT NULL, 
	"key" VARCHAR(200) NOT NULL, 
	since VARCHAR(40) NOT NULL, 
	PRIMARY KEY (channel, "key")
);
CREATE TABLE documents (
	channel VARCHAR(64) NOT NULL, 
	path TEXT NOT NULL, 
	digest VARCHAR(64) NOT NULL, 
	size INTEGER NOT NULL, 
	PRIMARY KEY (channel, path)
);
INSERT INTO "documents" VALUES('feed','feed.json','277feb52910f099e46d4ab7bd830ced6c48c6de8e6895744fe292fff9faddfbc',1154);
INSERT INTO "documents" VALUES('files','index.json','22bb8e9d75bad5790e89ee1604aeea84f0b0aaf442b36137d55b75b70a0a8bdb',808);
CREATE TABLE entries (
	channel VARCHAR(64) NOT NULL, 
	ident VARCHAR(240) NOT NULL, 
	"key" VARCHAR(200) NOT NULL, 
	locale VARCHAR(20) NOT NULL, 
	kind VARCHAR(64) NOT NULL, 
	title TEXT NOT NULL, 
	remote_id TEXT NOT NULL, 
	digest VARCHAR(64) NOT NULL, 
	fields TEXT NOT NULL, 
	version TEXT, 
	state VARCHAR(16) NOT NULL, 
	url TEXT, 
	sort_key VARCHAR(32) NOT NULL, 
	file TEXT, 
	run VARCHAR(40) NOT NULL, 
	applied_at VARCHAR(40) NOT NULL, kept TEXT NOT NULL DEFAULT '[]', closes_at VARCHAR(40), made_of TEXT, 
	PRIMARY KEY (channel, ident)
);
INSERT INTO "entries" VALUES('feed','article:first@en','article:first','en','article','First','urn:uuid:2c8da122-d606-5b9d-96ed-ccb567544e39','e42bb5b979684e78ea32fb4341df9bd9702a2780f4343cc56a53230e899b2c58','{"_leopard":{"about":"urn:leopard:jsonfeed:1","key":"article:first","kind":"article"},"content_html":"<p>Spots.</p>","date_published":"2024-05-01T00:00:00Z","id":"urn:uuid:2c8da122-d606-5b9d-96ed-ccb567544e39","language":"en","summary":"Spots.","title":"First","url":"https://spots.example/articles/first"}',NULL,'published','https://spots.example/articles/first','2024-05-01T00:00:00+00:00',NULL,'20261122T124131Z-640a','2026-11-22T12:41:31.205654+00:00','[]',NULL,NULL);
INSERT INTO "entries" VALUES('feed','article:second@en','article:second','en','article','Second','urn:uuid:1d4f0981-d76a-597b-9286-df38cfaa61b9','0b276f827534a33348fe209f42f95ce6f540293c737c5f4cc9865eaf9d4f0286','{"_leopard":{"about":"urn:leopard:jsonfeed:1","key":"article:second","kind":"article"},"content_html":"<p>More spots.</p>","id":"urn:uuid:1d4f0981-d76a-597b-9286-df38cfaa61b9","language":"en","summary":"More spots.","title":"Second","url":"https://spots.example/articles/second"}',NULL,'published','https://spots.example/articles/second','',NULL,'20261122T124131Z-640a','2026-11-22T12:41:31.209906+00:00','[]',NULL,NULL);
INSERT INTO "entries" VALUES('files','article:first@en','article:first','en','article','First','article/first.en.json','d76620c6672dbf05cd4bf509ddd88dc9e1cfa7553ef6566ade77cdd9eebc1647','{"_leopard":{"format":1},"body":{"format":"html","text":"<p>Spots.</p>\n"},"genre":"news","key":"article:first","kind":"article","locale":"en","published_at":"2024-05-01T00:00:00Z","slug":"first","status":"published","summary":"Spots.","title":"First","url":"https://spots.example/articles/first"}','456b92e018793c16b47b65bbdaf6c4cb367a6a6a7eae5fcdd82e14d7f47be655','published','https://spots.example/article/first.en.json','2024-05-01T00:00:00+00:00',NULL,'20261122T124131Z-640a','2026-11-22T12:41:31.221719+00:00','[]',NULL,NULL);
INSERT INTO "entries" VALUES('files','article:second@en','article:second','en','article','Second','article/second.en.json','1d873f2039063f0d42722839b6b362bb6b35c1436207e9781e870e328e88dc6d','{"_leopard":{"format":1},"body":{"format":"html","text":"<p>More spots.</p>\n"},"genre":"news","key":"article:second","kind":"article","locale":"en","slug":"second","status":"published","summary":"More spots.","title":"Second","url":"https://spots.example/articles/second"}','0ba024ae76aaeb2f2df5e46ded4bc51dd4027eab58de0281a52f5b995c1d450e','published','https://spots.example/article/second.en.json','',NULL,'20261122T124131Z-640a','2026-11-22T12:41:31.223661+00:00','[]',NULL,NULL);
CREATE TABLE facts (
	name VARCHAR(64) NOT NULL, 
	value TEXT NOT NULL, 
	PRIMARY KEY (name)
);
INSERT INTO "facts" VALUES('version','4');
INSERT INTO "facts" VALUES('serial','4');
INSERT INTO "facts" VALUES('lineage','cbc2a5a8-c146-46a0-8a99-f51a23bb2394');
INSERT INTO "facts" VALUES('count:articles','2');
INSERT INTO "facts" VALUES('kinds:articles','article');
INSERT INTO "facts" VALUES('settled','{"channels":["feed","files"],"fingerprint":"1bac7b9e8f568d670dc0e654b821c556ac952283997dcc1ad1149ca4dff7c7ab","media":[],"until":null,"warnings":0}');
CREATE TABLE journal (
	id INTEGER NOT NULL, 
	run VARCHAR(40) NOT NULL, 
	channel VARCHAR(64) NOT NULL, 
	ident VARCHAR(240) NOT NULL, 
	action VARCHAR(16) NOT NULL, 
	status VARCHAR(16) NOT NULL, 
	"before" TEXT, 
	"after" TEXT, 
	error TEXT, 
	at VARCHAR(40) NOT NULL, 
	PRIMARY KEY (id)
);
INSERT INTO "journal" VALUES(1,'20261122T124131Z-640a','feed','article:first@en','create','done',NULL,'{"ident":"article:first@en","key":"article:first","locale":"en","kind":"article","title":"First","remote_id":"urn:uuid:2c8da122-d606-5b9d-96ed-ccb567544e39","digest":"e42bb5b979684e78ea32fb4341df9bd9702a2780f4343cc56a53230e899b2c58","fields":{"id":"urn:uuid:2c8da122-d606-5b9d-96ed-ccb567544e39","url":"https://spots.example/articles/first","title":"First","content_html":"<p>Spots.</p>","summary":"Spots.","date_published":"2024-05-01T00:00:00Z","language":"en","_leopard":{"about":"urn:leopard:jsonfeed:1","key":"article:first","kind":"article"}},"version":null,"state":"published","url":"https://spots.example/articles/first","sort_key":"2024-05-01T00:00:00+00:00","file":null}',NULL,'2026-11-22T12:41:31.208578+00:00');
INSERT INTO "journal" VALUES(2,'20261122T124131Z-640a','feed','article:second@en','create','done',NULL,'{"ident":"article:second@en","key":"article:second","locale":"en","kind":"article","title":"Second","remote_id":"urn:uuid:1d4f0981-d76a-597b-9286-df38cfaa61b9","digest":"0b276f827534a33348fe209f42f95ce6f540293c737c5f4cc9865eaf9d4f0286","fields":{"id":"urn:uuid:1d4f0981-d76a-597b-9286-df38cfaa61b9","url":"https://spots.example/articles/second","title":"Second","content_html":"<p>More spots.</p>","summary":"More spots.","language":"en","_leopard":{"about":"urn:leopard:jsonfeed:1","key":"article:second","kind":"article"}},"version":null,"state":"published","url":"https://spots.example/articles/second","sort_key":"","file":null}',NULL,'2026-11-22T12:41:31.211007+00:00');
INSERT INTO "journal" VALUES(3,'20261122T124131Z-640a','files','article:first@en','create','done',NULL,'{"ident":"article:first@en","key":"article:first","locale":"en","kind":"article","title":"First","remote_id":"article/first.en.json","digest":"d76620c6672dbf05cd4bf509ddd88dc9e1cfa7553ef6566ade77cdd9eebc1647","fields":{"kind":"article","key":"article:first","locale":"en","title":"First","slug":"first","summary":"Spots.","status":"published","published_at":"2024-05-01T00:00:00Z","body":{"format":"html","text":"<p>Spots.</p>\n"},"genre":"news","url":"https://spots.example/articles/first","_leopard":{"format":1}},"version":"456b92e018793c16b47b65bbdaf6c4cb367a6a6a7eae5fcdd82e14d7f47be655","state":"published","url":"https://spots.example/article/first.en.json","sort_key":"2024-05-01T00:00:00+00:00","file":null}',NULL,'2026-11-22T12:41:31.222932+00:00');
INSERT INTO "journal" VALUES(4,'20261122T124131Z-640a','files','article:second@en','create','done',NULL,'{"ident":"article:second@en","key":"article:second","locale":"en","kind":"article","title":"Second","remote_id":"article/second.en.json","digest":"1d873f2039063f0d42722839b6b362bb6b35c1436207e9781e870e328e88dc6d","fields":{"kind":"article","key":"article:second","locale":"en","title":"Second","slug":"second","summary":"More spots.","status":"published","body":{"format":"html","text":"<p>More spots.</p>\n"},"genre":"news","url":"https://spots.example/articles/second","_leopard":{"format":1}},"version":"0ba024ae76aaeb2f2df5e46ded4bc51dd4027eab58de0281a52f5b995c1d450e","state":"published","url":"https://spots.example/article/second.en.json","sort_key":"","file":null}',NULL,'2026-11-22T12:41:31.224548+00:00');
CREATE TABLE locks (
	name VARCHAR(16) NOT NULL, 
	owner VARCHAR(40) NOT NULL, 
	host TEXT NOT NULL, 
	pid INTEGER NOT NULL, 
	since VARCHAR(40) NOT NULL, 
	beat VARCHAR(40) NOT NULL, 
	PRIMARY KEY (name)
);
CREATE TABLE paused (
	channel VARCHAR(64) NOT NULL, 
	since VARCHAR(40) NOT NULL, 
	who TEXT NOT NULL, 
	PRIMARY KEY (channel)
);
CREATE TABLE problems (
	run VARCHAR(40) NOT NULL, 
	number INTEGER NOT NULL, 
	body TEXT NOT NULL, 
	PRIMARY KEY (run, number)
);
CREATE TABLE proposals (
	channel VARCHAR(64) NOT NULL, 
	digest VARCHAR(64) NOT NULL, 
	"plan" TEXT NOT NULL, 
	counts TEXT NOT NULL, 
	made_at VARCHAR(40) NOT NULL, 
	refused_at VARCHAR(40), 
	refused_by TEXT, 
	PRIMARY KEY (channel)
);
CREATE TABLE quarantine (
	channel VARCHAR(64) NOT NULL, 
	ident VARCHAR(240) NOT NULL, 
	digest VARCHAR(64), 
	since VARCHAR(40) NOT NULL, 
	attempts INTEGER NOT NULL, 
	next_try VARCHAR(40), 
	problems TEXT NOT NULL, 
	PRIMARY KEY (channel, ident)
);
CREATE TABLE runs (
	id VARCHAR(40) NOT NULL, 
	started_at VARCHAR(40) NOT NULL, 
	finished_at VARCHAR(40), 
	outcome VARCHAR(16) NOT NULL, 
	report TEXT, 
	PRIMARY KEY (id)
);
INSERT INTO "runs" VALUES('20261122T124131Z-640a','2026-11-22T12:41:31.198145+00:00','2026-11-22T12:41:31.231343+00:00','clean','{"channels":{"feed":{"done":{"create":2},"down":false,"failed":[]},"files":{"done":{"create":2},"down":false,"failed":[]}},"held_back":0,"outcome":"clean","problems":[],"run":"20261122T124131Z-640a"}');
CREATE INDEX entries_newest ON entries (channel, sort_key, ident);
CREATE INDEX ix_journal_run ON journal (run);
CREATE INDEX ix_journal_ident ON journal (ident);
COMMIT;
