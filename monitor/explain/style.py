"""The colours and strokes of the picture, by day and by night."""

STYLE = """
svg { --paper: #ffffff; --ink: #1a1f26; --dim: #5c6773; --grid: #e6e9ed; --rail: #d5dae0;
  --pass: #2e7d4f; --slow: #b7791f; --fail: #c62f2f; --error: #7a4fb5;
  --healthy: #cfe9d8; --degraded: #f6dfa4; --partial: #f3b98a; --failing: #e88a8a;
  --unknown: #d9d3e6; --on: #1a1f26; --usual: #dfeaf7; --median: #1f5fa8;
  --m0: #c62f2f; --m1: #b7791f; --m2: #1f5fa8; --m3: #7a4fb5; --m4: #0f7b7b; --m5: #6b7280;
  --release: #efe9f8; --blind: #d9d3e6;
  font-family: system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif;
  font-size: 13px }
@media (prefers-color-scheme: dark) { svg { --paper: #14181d; --ink: #e8ebef; --dim: #9aa5b1;
  --grid: #262d35; --rail: #333c46; --pass: #5cc98b; --slow: #e5b454; --fail: #ff7b7b;
  --error: #b897f0; --healthy: #1f4a31; --degraded: #5d4a16; --partial: #6b3f1b;
  --failing: #7c2a2a; --unknown: #3b3350; --on: #f3f5f7; --usual: #1f2e42; --median: #7db4f5;
  --m0: #ff7b7b; --m1: #e5b454; --m2: #7db4f5; --m3: #b897f0; --m4: #4fc4c4; --m5: #9aa5b1;
  --release: #241f33; --blind: #4a4166 } }
.paper { fill: var(--paper) }
text { fill: var(--ink); paint-order: stroke; stroke: var(--paper); stroke-width: 3px;
  stroke-linejoin: round }
.on, .number { stroke: none }
.title { font-size: 20px; font-weight: 600 }
.dim, .tick { fill: var(--dim) }
.tick { font-size: 12px; font-variant-numeric: tabular-nums }
.label { font-weight: 600 }
.on { fill: var(--on); font-size: 12px }
.words { font-variant-numeric: tabular-nums }
.grid { stroke: var(--grid) }
.rail { stroke: var(--rail) }
line.pass, line.slow, line.fail, line.error { stroke-width: 2 }
line.pass { stroke: var(--pass) } line.slow { stroke: var(--slow) }
line.fail { stroke: var(--fail) } line.error { stroke: var(--error) }
circle.pass { fill: var(--median); opacity: .45 } circle.slow { fill: var(--slow) }
circle.fail { fill: var(--fail) } circle.error { fill: var(--error) }
.healthy { fill: var(--healthy) } .degraded { fill: var(--degraded) }
.partial { fill: var(--partial) } .failing { fill: var(--failing) }
.unknown { fill: var(--unknown) }
circle.healthy, circle.degraded, circle.partial, circle.failing, circle.unknown
  { stroke: var(--dim) }
.usual { fill: var(--usual) }
.median { fill: none; stroke: var(--median); stroke-width: 1.5 }
.enough { stroke: var(--fail); stroke-dasharray: 5 4 }
.change { stroke: var(--ink); stroke-dasharray: 2 3; opacity: .7 }
.release { fill: var(--release) }
.blind { fill: var(--blind) }
.badge { fill: var(--ink) }
.number { fill: var(--paper); font-size: 11px; font-weight: 600 }
.m0, .m1, .m2, .m3, .m4, .m5 { fill: none; stroke-width: 2; stroke-linejoin: round }
.m0 { stroke: var(--m0) } .m1 { stroke: var(--m1) } .m2 { stroke: var(--m2) }
.m3 { stroke: var(--m3) } .m4 { stroke: var(--m4) } .m5 { stroke: var(--m5) }
"""
