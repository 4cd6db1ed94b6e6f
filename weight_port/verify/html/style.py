"""The style of the page."""

STYLE = """
:root{--bg:#fbfaf8;--card:#fff;--ink:#1d1d22;--soft:#63636e;--line:#e4e2dd;--good:#1a7f4b;
--bad:#c2352b;--warn:#9a6700;--goodbg:#e4f4ea;--badbg:#fbe9e7;--causebg:#fff6df;--cell:#efedea;
color-scheme:light dark}
@media(prefers-color-scheme:dark){:root{--bg:#15161a;--card:#1e2026;--ink:#ececf0;--soft:#a0a2ad;
--line:#33363f;--good:#54c98a;--bad:#ff7d70;--warn:#e8b650;--goodbg:#16311f;--badbg:#3d1d1b;
--causebg:#332b16;--cell:#2a2d35}}
*{box-sizing:border-box}
body{margin:0;background:var(--bg);color:var(--ink);
font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif}
main{max-width:1080px;margin:0 auto;padding:16px}
h1{font-size:1.45rem;line-height:1.25;margin:0 0 4px}
h2{font-size:1.15rem;margin:32px 0 4px}
h3{font-size:.95rem;margin:16px 0 4px;overflow-wrap:anywhere}
p{margin:4px 0}
.soft{color:var(--soft);font-size:.9rem}
code{font:.9em ui-monospace,Menlo,Consolas,"DejaVu Sans Mono",monospace;overflow-wrap:anywhere}
.banner{border-radius:14px;padding:18px 20px;margin-top:8px;border:1px solid var(--line)}
.banner.good{background:var(--goodbg);border-color:var(--good)}
.banner.bad{background:var(--badbg);border-color:var(--bad)}
.sides{display:grid;grid-template-columns:auto 1fr;gap:0 10px;margin-top:10px;font-size:.9rem;
align-items:baseline}
.causes{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,320px),1fr));gap:12px}
.cause{background:var(--causebg);border-left:4px solid var(--warn);border-radius:8px;
padding:12px 14px;overflow-wrap:anywhere}
.cause b{display:block}
.layer{background:var(--card);border:1px solid var(--line);border-radius:10px;margin:6px 0}
.layer>summary{display:grid;grid-template-columns:22px minmax(0,1.2fr) minmax(90px,1fr) 100px;
gap:10px;align-items:center;padding:9px 14px;cursor:pointer;list-style:none}
.layer>summary::-webkit-details-marker{display:none}
.layer>summary:focus-visible{outline:2px solid var(--warn);border-radius:10px}
.layer[open]>summary{border-bottom:1px solid var(--line)}
.name{overflow-wrap:anywhere}
.name small{color:var(--soft);display:block;line-height:1.3}
.mark{font-weight:700;text-align:center}
.good .mark,.good .num{color:var(--good)}
.bad .mark,.bad .num{color:var(--bad)}
.num{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap;font-size:.9rem}
.body{padding:6px 14px 14px}
.scroll{overflow-x:auto}
table{border-collapse:collapse;font-size:.88rem;width:100%}
th,td{text-align:left;padding:5px 10px 5px 0;border-bottom:1px solid var(--line);
vertical-align:top}
th{color:var(--soft);font-weight:600}
td.n{font-variant-numeric:tabular-nums;white-space:nowrap}
td.w{min-width:150px;overflow-wrap:anywhere}
td small{display:block;color:var(--soft);line-height:1.35}
svg{display:block;width:100%;height:auto}
svg text{fill:var(--soft);font-size:11px;font-family:inherit}
.plots{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,300px),1fr));gap:18px}
.plots figure{margin:8px 0;max-width:440px}
figcaption{color:var(--soft);font-size:.85rem;overflow-wrap:anywhere}
.grid{fill:var(--cell)}
.heat{fill:var(--bad)}
.none{fill:none;stroke:var(--bad);stroke-dasharray:4 4}
.axis{stroke:var(--line)}
.limit{stroke:var(--ink);stroke-width:2}
.fill-good{fill:var(--good)}
.fill-bad{fill:var(--bad)}
.dot{fill:var(--bad);fill-opacity:.55}
.diagonal{stroke:var(--good);stroke-width:1.5;stroke-dasharray:5 4}
.legend{display:grid;grid-template-columns:22px minmax(0,1.2fr) minmax(90px,1fr) 100px;gap:10px;
padding:0 15px;color:var(--soft);font-size:.8rem}
.legend span:nth-child(3){display:flex;justify-content:space-between}
.legend span:last-child{text-align:right}
@media(max-width:560px){main{padding:10px}
.layer>summary{grid-template-columns:20px minmax(0,1fr) 100px;gap:4px 8px;padding:9px 10px}
.layer>summary>.bar{grid-column:2/4;grid-row:2}
.legend{grid-template-columns:20px minmax(0,1fr);padding:0 11px}
.legend span:nth-child(2),.legend span:last-child{display:none}.body{padding:4px 10px 12px}}
"""
