"""Look and behaviour of the demo page: its style sheet and its script, written into the page itself."""

STYLE = """
:root {
  color-scheme: light dark;
  --ground: #f6f5f1; --card: #ffffff; --ink: #1d1f24; --soft: #5c616b; --line: #dedcd4;
  --accent: #b3401f; --accent-soft: #f6e3da; --wave: #9a9ea8; --second: #1f6f78;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #15171b; --card: #1e2127; --ink: #eceae4; --soft: #a3a8b3; --line: #343841;
    --accent: #ff9266; --accent-soft: #44291e; --wave: #6d7380; --second: #6cc7d1;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; background: var(--ground); color: var(--ink);
  font: 16px/1.5 system-ui, "Segoe UI", "Noto Sans", sans-serif;
}
main, header, footer { max-width: 76rem; margin: 0 auto; padding: 0 1.25rem; }
header { padding-top: 2.5rem; }
h1 { font-size: 2.1rem; line-height: 1.15; margin: 0 0 .5rem; letter-spacing: -.01em; }
h2 { font-size: 1.5rem; margin: 0; }
h3 { font-size: 1rem; margin: 0 0 .75rem; font-weight: 600; }
h3 q { color: var(--second); quotes: "\\201c" "\\201d"; }
h4 { font-size: 1rem; margin: 0; line-height: 1.25; }
p { margin: 0; }
a { color: var(--accent); }
.lead { font-size: 1.1rem; color: var(--soft); max-width: 46rem; }
.totals { display: flex; flex-wrap: wrap; gap: .5rem 2.25rem; margin: 1.5rem 0 0; padding: 0; list-style: none; }
.totals b { display: block; font-size: 1.35rem; font-variant-numeric: tabular-nums; }
.totals span { color: var(--soft); font-size: .85rem; }
nav { margin: 1.5rem 0 0; }
nav ol { display: flex; flex-wrap: wrap; gap: .4rem 1.25rem; margin: 0; padding: 0; list-style: none; }
section { border-top: 1px solid var(--line); margin-top: 2.5rem; padding-top: 2rem; }
.shot { display: grid; grid-template-columns: minmax(0, 34rem) minmax(0, 1fr); gap: 1.75rem; align-items: start; }
video { width: 100%; aspect-ratio: 16 / 9; background: #000; border-radius: .5rem; display: block; }
.facts { display: grid; gap: 1rem; }
.label { color: var(--soft); font-size: .8rem; text-transform: uppercase; letter-spacing: .05em; }
.moods, .tags { display: flex; flex-wrap: wrap; gap: .35rem; list-style: none; margin: .35rem 0 0; padding: 0; }
.moods li, .tags li { border: 1px solid var(--line); border-radius: 1rem; padding: .05rem .65rem; font-size: .88rem; }
.moods li:first-child { border-color: var(--accent); color: var(--accent); }
.lists { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 1.75rem; margin-top: 1.75rem; }
.cues { list-style: none; margin: 0; padding: 0; display: grid; gap: .9rem; }
.cue { background: var(--card); border: 1px solid var(--line); border-radius: .6rem; padding: .9rem 1rem; }
.head { display: grid; grid-template-columns: auto 1fr auto; gap: .75rem; align-items: baseline; }
.rank { color: var(--soft); font-variant-numeric: tabular-nums; min-width: 1.1rem; }
.head p, .details { color: var(--soft); font-size: .88rem; }
.score { font-weight: 600; font-variant-numeric: tabular-nums; color: var(--accent); }
.wave { display: block; width: 100%; height: 3.4rem; margin: .6rem 0 .5rem; color: var(--wave); cursor: pointer; }
.wave .range { fill: var(--accent-soft); }
.wave .best { color: var(--accent); }
audio { width: 100%; height: 2.3rem; display: block; }
.aspects { display: grid; grid-template-columns: max-content 1fr max-content; gap: .2rem .7rem; margin: .7rem 0 .4rem;
  align-items: center; font-size: .85rem; }
.aspects dt { color: var(--soft); grid-column: 1; }
.aspects dd { margin: 0; display: contents; }
.bar { background: var(--line); border-radius: .25rem; height: .45rem; overflow: hidden; }
.bar i { display: block; height: 100%; background: var(--second); border-radius: inherit; }
.number { font-variant-numeric: tabular-nums; }
.caption { margin-top: .45rem; font-size: .95rem; }
footer { color: var(--soft); font-size: .88rem; padding-top: 2rem; padding-bottom: 3rem; }
@media (max-width: 52rem) { .shot, .lists { grid-template-columns: minmax(0, 1fr); } }
"""

SCRIPT = """
// One player at a time; a click on a waveform plays from there. Without scripts the players still work.
const players = [...document.querySelectorAll("audio, video")];
players.forEach(player => player.addEventListener("play", () => {
  players.forEach(other => { if (other !== player) other.pause(); });
}));
document.querySelectorAll(".wave").forEach(wave => wave.addEventListener("click", event => {
  const player = wave.closest(".cue").querySelector("audio"), box = wave.getBoundingClientRect();
  player.currentTime = (event.clientX - box.left) / box.width * Number(wave.dataset.seconds);
  player.play();
}));
"""
