"""How the page that a demo opens with looks: light and dark, and nothing from elsewhere."""

STYLE = """
:root { color-scheme: light dark; --back: #fbf7f0; --card: #fff; --ink: #201b15; --soft: #62584b;
  --line: #ddd2c0; --accent: #8a4306; --code: #f4ede1;
  font: 17px/1.55 system-ui, -apple-system, "Segoe UI", sans-serif; }
@media (prefers-color-scheme: dark) { :root { --back: #15120e; --card: #1f1a14; --ink: #f1e9dc;
  --soft: #b9ac99; --line: #3d3428; --accent: #f0b46c; --code: #181410; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--back); color: var(--ink); }
body > header, main, body > footer { max-width: 72rem; margin: 0 auto; padding: 0 1.25rem; }
a { color: var(--accent); text-underline-offset: .15em; }
a:focus-visible, summary:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
.skip { position: absolute; left: -99rem; } .skip:focus { left: 1rem; top: 1rem; background: var(--card); }
h1, h2, h3, h4, h5 { line-height: 1.2; text-wrap: balance; } p { margin: .5rem 0; }
h1 { font-size: 2.4rem; margin: 0 0 .75rem; } h2 { font-size: 1.6rem; margin: 3rem 0 .25rem; }
img { max-width: 100%; height: auto; display: block; }
small.credit { display: block; }
small { font-size: .8rem; color: var(--soft); } figure { margin: 0; }
figcaption { font-size: .85rem; color: var(--soft); padding: .4rem 0; }
.cover { display: grid; gap: 2rem; align-items: center; padding: 2.5rem 0 0; }
.cover figure img { width: 100%; aspect-ratio: 16/9; object-fit: cover; border-radius: .75rem; }
.cover figure a { text-decoration: none; font-size: .9rem; }
.numbers { display: flex; flex-wrap: wrap; gap: .5rem 2rem; padding: 0; list-style: none; }
.numbers strong { display: block; font-size: 1.8rem; line-height: 1.1; font-variant-numeric: tabular-nums; }
nav ul { display: flex; flex-wrap: wrap; gap: .3rem 1.25rem; padding: 0; list-style: none; }
.group > h3 { margin: 2rem 0 .75rem; font-size: 1.1rem; color: var(--soft); }
.cards { display: grid; gap: 1rem; padding: 0; margin: 0; list-style: none; align-items: start;
  grid-template-columns: repeat(auto-fit, minmax(min(19rem, 100%), 1fr)); }
.cards > li { background: var(--card); border: 1px solid var(--line); border-radius: .75rem;
  padding: 1rem 1.1rem; min-width: 0; }
.cards h4 { margin: 0; font-size: 1.1rem; } .count { color: var(--soft); font-size: .9rem; margin: .25rem 0; }
.files { padding: 0; margin: .6rem 0; list-style: none; font-size: .9rem; } .files li { margin: .15rem 0; }
.files a, code { font-family: ui-monospace, "Cascadia Mono", Menlo, monospace; font-size: .85rem;
  overflow-wrap: anywhere; }
summary { cursor: pointer; font-size: .9rem; color: var(--accent); padding: .15rem 0; }
details .files { max-height: 18rem; overflow: auto; }
pre { background: var(--code); border-radius: .5rem; padding: .75rem; margin: .5rem 0 0; max-height: 22rem;
  overflow: auto; font: .78rem/1.45 ui-monospace, "Cascadia Mono", Menlo, monospace; white-space: pre-wrap;
  overflow-wrap: anywhere; }
.story { background: var(--card); border: 1px solid var(--line); border-radius: .75rem; overflow: hidden;
  padding-bottom: 1.5rem; margin-top: 1rem; }
.story > section, .story > figure { max-width: 46rem; margin: 1.75rem auto 0; padding: 0 1.25rem; }
.story > section:has(.figures, .teasers) { max-width: 64rem; }
.story h4 { font-size: 1.35rem; margin: 0 0 .5rem; } .story section img { border-radius: .5rem; }
.hero img { width: 100%; aspect-ratio: 21/9; object-fit: cover; }
.hero figcaption { padding: .4rem 1.25rem; text-align: right; }
.hero > div { max-width: 46rem; margin: 0 auto; padding: .5rem 1.25rem 0; }
.hero h3 { font-size: 2.6rem; margin: 0; } .hero p { font-size: 1.2rem; color: var(--soft); }
.key { border-left: 4px solid var(--accent); } .key h4 { margin: 0; } .lead { font-size: 1.15rem; }
.figures, .teasers { display: grid; gap: 1rem; padding: 0; list-style: none; margin: 1rem 0 0;
  grid-template-columns: repeat(auto-fit, minmax(min(17rem, 100%), 1fr)); }
.figures li { border-top: 3px solid var(--accent); padding-top: .6rem; }
.figures strong { display: block; font-size: 1.7rem; line-height: 1.15; color: var(--accent); }
.figures cite { display: block; font-style: normal; font-size: .8rem; line-height: 1.4; margin-top: .5rem;
  overflow-wrap: anywhere; }
.teasers li { border: 1px solid var(--line); border-radius: .5rem; overflow: hidden; }
.teasers img { width: 100%; aspect-ratio: 16/9; object-fit: cover; }
.teasers div { padding: .75rem .9rem; } .teasers h5 { margin: 0; font-size: 1rem; }
.teasers p { font-size: .9rem; } .story section .teasers img { border-radius: 0; }
.quote blockquote { margin: 0; font-size: 1.35rem; line-height: 1.4; font-style: italic; }
footer { padding: 2.5rem 1.25rem 3rem !important; color: var(--soft); font-size: .9rem; }
@media (min-width: 62rem) { .cover { grid-template-columns: 3fr 2fr; } h1 { font-size: 3rem; } }
@media print { .cards, .story { break-inside: auto; } nav { display: none; } }
"""
