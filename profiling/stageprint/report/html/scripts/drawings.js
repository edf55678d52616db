// Draws the report's pictures from the data that the page holds. One function a kind of drawing.
"use strict";
const drawings = (() => {
  const day = 86400000;
  const forms = {
    share: (value) => `${+(100 * value).toFixed(value > 0 && value < 0.01 ? 2 : 1)} %`,
    count: (value) => value.toLocaleString("en"),
    number: (value) => Math.abs(value) >= 1e6 || (value !== 0 && Math.abs(value) < 1e-3)
      ? value.toExponential(2) : value.toLocaleString("en", {maximumSignificantDigits: 5}),
    date: (value) => new Date(value * day).toISOString().slice(0, 10),
    day: (value) => new Date(value / 1000).toISOString().slice(0, 10),
    timestamp: (value) => new Date(value / 1000).toISOString().slice(0, 16).replace("T", " "),
  };
  const toDate = {date: (value) => new Date(value * day), timestamp: (value) => new Date(value / 1000)};
  const safe = (form) => (value) => {
    try { return forms[form](value); } catch { return String(value); }
  };
  const frame = (width, rest) => Plot.plot({
    width, style: {background: "transparent", color: "inherit", fontFamily: "inherit", fontSize: "12px", overflow: "visible"},
    ...rest,
  });
  const colour = (name) => `var(--${name})`;

  // A figure by run; the range of the runs before it changed is shaded, the run in which it changed has a line.
  function runs(data, width) {
    const show = safe(data.form), tick = safe(data.form === "timestamp" ? "day" : data.form);
    const rows = data.runs.map((run, at) => ({run, at, value: data.values[at]}));
    const known = rows.filter((row) => row.value !== null);
    const last = rows[rows.length - 1];
    const since = data.since === null ? null : data.runs.indexOf(data.since);
    const every = Math.max(1, Math.ceil(rows.length / Math.max(2, Math.floor(width / 90))));
    const values = known.map((row) => row.value).concat(data.usual || []);
    const least = d3.min(values), most = d3.max(values);
    const fromZero = (data.form === "share" || data.form === "count") && least >= 0;
    // Of a figure that hardly moves, noise would fill the picture.
    const room = data.form in toDate ? 0 : 0.05 * Math.abs(most);
    const flat = most - least <= room ? room || 1 : 0;
    const marks = [];
    if (data.usual !== null) {
      const half = 0.004 * (most - (fromZero ? 0 : least) + flat);
      marks.push(Plot.rectY([data.usual], {x1: -0.5, x2: (since ?? rows.length - 1) - 0.5, y1: (u) => u[0] - half,
        y2: (u) => u[1] + half, fill: colour("band")}));
    }
    if (since !== null && since > 0) marks.push(Plot.ruleX([since - 0.5], {stroke: colour("critical"), strokeDasharray: "4 3"}));
    marks.push(
      Plot.lineY(rows, {x: "at", y: "value", stroke: colour("spark"), strokeWidth: 1.6}),
      Plot.dot(known, {x: "at", y: "value", r: (row) => (row === last ? 4.5 : 2.5),
        symbol: (row) => (since !== null && row.at >= since ? "diamond" : "circle"),
        fill: (row) => (since !== null && row.at >= since ? colour("critical") : colour("spark")), symbolLegend: false}),
      Plot.tip(known, Plot.pointerX({x: "at", y: "value", title: (row) => `${row.run}: ${show(row.value)}`,
        fill: colour("card"), stroke: colour("line")})),
    );
    return frame(width, {
      height: 190, marginLeft: 76, marginBottom: 34, marginRight: 20,
      symbol: {range: ["circle", "diamond"], legend: false},
      x: {type: "linear", domain: [-0.5, rows.length - 0.5], label: null, ticks: rows.filter((r) => (rows.length - 1 - r.at) % every === 0).map((r) => r.at),
        tickFormat: (at) => data.runs[at] ?? ""},
      y: {label: null, ticks: 5, tickFormat: tick, zero: fromZero, grid: true, nice: true,
        ...(flat ? {domain: fromZero ? [0, most + flat] : [least - flat, most + flat]} : {})},
      marks,
    });
  }

  // Two distributions in the same bins: before filled, now as a line, with the sketches' error around it.
  function bins(data, width) {
    const show = safe(data.form);
    const isTime = data.form in toDate, place = isTime ? toDate[data.form] : (value) => value;
    const wide = data.edges.length - 1;
    const rows = d3.range(wide).map((at) => ({low: place(data.edges[at]), high: place(data.edges[at + 1]), from: data.edges[at], to: data.edges[at + 1],
      middle: place((data.edges[at] + data.edges[at + 1]) / 2), now: data.now[at],
      before: data.before === null ? null : data.before[at]}));
    const steps = rows.flatMap((row) => [{x: row.low, y: row.now}, {x: row.high, y: row.now}]);
    const marks = [];
    if (data.before !== null) marks.push(Plot.rectY(rows, {x1: "low", x2: "high", y: "before", fill: colour("before"), insetLeft: 0.5, insetRight: 0.5}));
    if (data.error > 0) marks.push(Plot.areaY(steps, {x: "x", y1: (s) => Math.max(0, s.y - data.error), y2: (s) => s.y + data.error, fill: colour("accent"), fillOpacity: 0.18}));
    marks.push(
      Plot.line(steps, {x: "x", y: "y", stroke: colour("accent"), strokeWidth: 2}),
      Plot.tip(rows, Plot.pointerX({x: "middle", y: (r) => Math.max(r.now, r.before ?? 0), fill: colour("card"), stroke: colour("line"),
        title: (r) => `${show(r.from)} to ${show(r.to)}\n${data.now_run}: ${forms.share(r.now)}` + (r.before === null ? "" : `\n${data.before_run}: ${forms.share(r.before)}`)})),
    );
    return frame(width, {
      height: 200, marginLeft: 56, marginBottom: 34, marginRight: 24,
      x: {label: null, ticks: Math.max(2, Math.floor(width / 110)), ...(isTime ? {type: "utc"} : {tickFormat: show})},
      y: {label: "share of the values", ticks: 4, tickFormat: forms.share, grid: true, zero: true},
      marks,
    });
  }

  // Rows by hour of the day.
  function hours(data, width) {
    const rows = (shares) => shares.map((share, hour) => ({hour, share}));
    const marks = [];
    if (data.before !== null) marks.push(Plot.rectY(rows(data.before), {x1: (r) => r.hour - 0.5, x2: (r) => r.hour + 0.5, y: "share", fill: colour("before"), inset: 0.5}));
    if (data.turned !== null) marks.push(Plot.lineY(rows(data.turned), {x: "hour", y: "share", stroke: colour("warning"), strokeWidth: 2, strokeDasharray: "5 4"}));
    marks.push(
      Plot.lineY(rows(data.now), {x: "hour", y: "share", stroke: colour("accent"), strokeWidth: 2, marker: "circle"}),
      Plot.tip(rows(data.now), Plot.pointerX({x: "hour", y: "share", fill: colour("card"), stroke: colour("line"),
        title: (r) => `${r.hour}:00 ${data.now_run}: ${forms.share(r.share)}` + (data.before === null ? "" : `\n${data.before_run}: ${forms.share(data.before[r.hour])}`)})),
    );
    return frame(width, {
      height: 200, marginLeft: 56, marginBottom: 34,
      x: {type: "linear", label: "hour of the day", domain: [-0.5, 23.5], ticks: [0, 6, 12, 18, 23]},
      y: {label: "share of the rows", ticks: 4, tickFormat: forms.share, grid: true, zero: true},
      marks,
    });
  }

  // Time ranges, one line each.
  function spans(data, width) {
    const show = safe("timestamp");
    const rows = data.names.map((name, at) => ({key: `${at} ${name}`, name, from: new Date(data.from[at] / 1000), to: new Date(data.to[at] / 1000),
      low: data.from[at], high: data.to[at], kind: data.kinds[at]}));
    const fill = (row) => colour({now: "accent", before: "before", beside: "spark"}[row.kind]);
    return frame(width, {
      height: 26 * rows.length + 44, marginLeft: leftOf(data.names, 0.4 * width), marginRight: 24, marginBottom: 34, marginTop: 6,
      y: {label: null, domain: rows.map((row) => row.key), tickFormat: (key) => cut(key.slice(key.indexOf(" ") + 1), 0.38 * width), tickSize: 0},
      x: {label: null, type: "utc", ticks: Math.max(2, Math.floor(width / 130)), grid: true},
      marks: [
        Plot.barX(rows, {y: "key", x1: "from", x2: "to", fill, insetTop: 4, insetBottom: 4, rx: 2}),
        Plot.tip(rows, Plot.pointerY({y: "key", x: "to", fill: colour("card"), stroke: colour("line"),
          title: (row) => `${row.name}\n${show(row.low)} to ${show(row.high)}`})),
      ],
    });
  }

  // Room for names on the left: as wide as the widest of them.
  const cut = (name, room) => {
    let text = name;
    while (text.length > 4 && widthOf(text) > room) text = `${text.slice(0, -2)}…`;
    return text;
  };
  const pen = document.createElement("canvas").getContext("2d");
  function widthOf(text) {
    if (!pen) return 8.5 * text.length;
    pen.font = `12px ${getComputedStyle(document.body).fontFamily}`;
    return Math.ceil(pen.measureText(text).width);
  }
  const leftOf = (names, room) => 16 + d3.max(names, (name) => widthOf(cut(name, room)));

  // One pair of bars for each name.
  function bars(data, width) {
    const show = safe(data.form);
    const rows = data.names.map((name, at) => ({key: `${at} ${name}`, at, name, note: data.notes[at], now: data.now[at], before: data.before === null ? null : data.before[at]}));
    const most = d3.max(rows, (row) => Math.max(row.now ?? 0, row.before ?? 0)) || 1;
    const texts = data.texts || [];
    const fits = (text) => widthOf(text) <= 0.33 * width;
    const labelled = (row) => (texts[row.at] && fits(texts[row.at]) ? texts[row.at] : row.note || show(row.now ?? row.before ?? 0));
    const right = d3.max(rows, (row) => widthOf(labelled(row)));
    const marks = [];
    if (data.before !== null) marks.push(Plot.barX(rows, {y: "key", x: "before", fill: colour("before"), insetTop: 1, insetBottom: 1}));
    marks.push(
      Plot.barX(rows, {y: "key", x: "now", fill: (row) => (row.note === "" ? colour("accent") : colour("critical")), insetTop: 6, insetBottom: 6}),
      Plot.text(rows, {y: "key", x: (row) => Math.max(row.now ?? 0, row.before ?? 0), text: labelled, textAnchor: "start", dx: 5, fill: "currentColor"}),
      Plot.tip(rows, Plot.pointerY({y: "key", x: "now", fill: colour("card"), stroke: colour("line"),
        title: (row) => `${row.name}${row.note === "" ? "" : ` (${row.note})`}\n${data.now_run}: ${row.now === null ? "not known" : show(row.now)}` +
          (data.before_run === null ? "" : `\n${data.before_run}: ${row.before === null ? "not known" : show(row.before)}`)})),
    );
    return frame(width, {
      height: 26 * rows.length + 46, marginLeft: leftOf(data.names, 0.38 * width), marginRight: 16 + right, marginBottom: 40, marginTop: 6,
      y: {label: null, domain: rows.map((row) => row.key), tickFormat: (key) => cut(key.slice(key.indexOf(" ") + 1), 0.38 * width), tickSize: 0},
      x: {label: data.axis || null, domain: [0, most], ticks: 4, tickFormat: show, grid: true},
      marks,
    });
  }

  const kinds = {runs, bins, hours, bars, spans};
  const legends = {
    runs: (data) => (data.usual === null ? [] : [["band", "range of the runs before"]]),
    bins: (data) => pair(data), bars: (data) => pair(data),
    hours: (data) => pair(data).concat(data.turned === null ? [] : [["warning dashed", `${data.now_run}, turned ${data.turned_by}`]]),
    spans: () => [],
  };
  function pair(data) {
    const now = [["accent", data.now_run]];
    return data.before === null ? now : now.concat([["before", data.before_run]]);
  }

  function legend(picture) {
    const line = document.createElement("div");
    line.className = "legend";
    for (const [kind, text] of legends[picture.drawing](picture.data)) {
      const entry = document.createElement("span"), key = document.createElement("i");
      key.className = kind;
      entry.append(key, text);
      line.append(entry);
    }
    return line;
  }

  // Puts a picture into a figure, before its caption.
  function draw(figure, picture) {
    const width = Math.max(260, Math.min(620, figure.clientWidth || 520));
    const drawing = kinds[picture.drawing](picture.data, width);
    drawing.setAttribute("role", "img");
    drawing.setAttribute("aria-label", picture.says);
    figure.querySelectorAll("svg, .legend").forEach((old) => old.remove());
    figure.prepend(legend(picture), drawing);
  }
  return {draw};
})();
