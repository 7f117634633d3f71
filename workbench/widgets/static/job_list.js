// src/lib/dom.ts
function element(name, className = "", attributes = {}, ...children) {
  const made3 = document.createElement(name);
  if (className) made3.className = className;
  for (const [key, value] of Object.entries(attributes)) made3.setAttribute(key, String(value));
  made3.append(...children);
  return made3;
}
function setText(el, text) {
  if (el.textContent !== text) el.textContent = text;
}
function setAttribute(el, name, value) {
  if (el.getAttribute(name) !== value) el.setAttribute(name, value);
}

// src/lib/host.ts
function watch(model, names, callback) {
  for (const name of names) model.on(`change:${name}`, callback);
  return () => {
    for (const name of names) model.off(`change:${name}`, callback);
  };
}
function save(model, name, value) {
  model.set(name, value);
  model.save_changes();
}

// src/lib/rove.ts
function stepTo(key, place, n, width = 1) {
  const steps = {
    ArrowUp: -width,
    ArrowDown: width,
    ArrowLeft: -1,
    ArrowRight: 1
  };
  if (key === "Home") return 0;
  if (key === "End") return n - 1;
  const step = steps[key];
  if (step === void 0) return -1;
  const crossesRow = Math.abs(step) === 1 && width > 1;
  const to = place + step;
  const sameRow = Math.floor(to / width) === Math.floor(place / width);
  return to < 0 || to >= n || crossesRow && !sameRow ? place : to;
}

// src/style.json
var style_default = {
  charts: {
    band_opacity: 0.15,
    direct_labels: 5,
    grid_px: 1,
    line_px: 2,
    marker_px: 6
  },
  detail: {
    dots: 3,
    label_chars: 48,
    label_px: 9,
    labels: 28,
    marks: 16,
    ordinal_from: 2,
    rest_ms: 150,
    shapes: 8
  },
  edges: {
    arrow_from_px: 40,
    faded_opacity: 0.15,
    opacity_base: 0.35,
    opacity_span: 0.65,
    path_px: 3,
    plain_px: 1,
    width_base_px: 0.75,
    width_span_px: 3.25
  },
  fonts: {
    numbers: 'ui-monospace, "SF Mono", Menlo, Consolas, monospace',
    paper: "DejaVu Sans",
    text: 'system-ui, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif'
  },
  glyphs: {
    collapsed: {
      dash: "solid",
      fill: "ordinal",
      hue: -1,
      label: "collapsed",
      line: "edge",
      mark: "",
      scale: 1.4,
      shape: "triangle"
    },
    evidence: {
      dash: "solid",
      fill: "text",
      hue: -1,
      label: "leaf with evidence",
      line: "text",
      mark: "",
      scale: 1,
      shape: "cup"
    },
    expanded: {
      dash: "solid",
      fill: "ordinal",
      hue: -1,
      label: "expanded",
      line: "edge",
      mark: "",
      scale: 1,
      shape: "circle"
    },
    expanding: {
      dash: "double",
      fill: "ordinal",
      hue: -1,
      label: "expanding now",
      line: "text",
      mark: "",
      scale: 1,
      shape: "circle"
    },
    failed: {
      dash: "solid",
      fill: "failed",
      hue: -1,
      label: "failed",
      line: "failed",
      mark: "cross",
      scale: 1,
      shape: "circle"
    },
    frontier: {
      dash: "solid",
      fill: "none",
      hue: -1,
      label: "not expanded",
      line: "edge",
      mark: "",
      scale: 1,
      shape: "circle"
    },
    group: {
      dash: "solid",
      fill: "panel",
      hue: -1,
      label: "group",
      line: "edge",
      mark: "chevron",
      scale: 1.6,
      shape: "rectangle"
    },
    integral: {
      dash: "solid",
      fill: "hue",
      hue: 3,
      label: "integral",
      line: "hue",
      mark: "∫",
      scale: 1,
      shape: "hexagon"
    },
    leaf: {
      dash: "solid",
      fill: "hue",
      hue: 2,
      label: "leaf",
      line: "hue",
      mark: "bell",
      scale: 1,
      shape: "cup"
    },
    leaf_bernoulli: {
      dash: "solid",
      fill: "hue",
      hue: 2,
      label: "binary leaf",
      line: "hue",
      mark: "bars",
      scale: 1,
      shape: "cup"
    },
    leaf_categorical: {
      dash: "solid",
      fill: "hue",
      hue: 2,
      label: "categorical leaf",
      line: "hue",
      mark: "comb",
      scale: 1,
      shape: "cup"
    },
    leaf_gaussian: {
      dash: "solid",
      fill: "hue",
      hue: 2,
      label: "Gaussian leaf",
      line: "hue",
      mark: "bell",
      scale: 1,
      shape: "cup"
    },
    merged: {
      dash: "dotted",
      fill: "none",
      hue: -1,
      label: "merged",
      line: "edge",
      mark: "",
      scale: 0.7,
      shape: "diamond"
    },
    product: {
      dash: "solid",
      fill: "hue",
      hue: 1,
      label: "product",
      line: "hue",
      mark: "×",
      scale: 1,
      shape: "square"
    },
    pruned: {
      dash: "dashed",
      fill: "none",
      hue: -1,
      label: "pruned",
      line: "inactive",
      mark: "",
      scale: 0.5,
      shape: "circle"
    },
    solved: {
      dash: "solid",
      fill: "solved",
      hue: -1,
      label: "solved",
      line: "solved",
      mark: "tick",
      scale: 1,
      shape: "circle"
    },
    sum: {
      dash: "solid",
      fill: "hue",
      hue: 0,
      label: "sum",
      line: "hue",
      mark: "+",
      scale: 1,
      shape: "circle"
    }
  },
  layout: {
    bottom: [
      96,
      160,
      320
    ],
    button: 32,
    card_gap: 16,
    field_row: 28,
    header: 48,
    hit_area: 24,
    left: [
      200,
      240,
      360
    ],
    legend_width: 200,
    motion_ms: 150,
    panel_padding: 12,
    radius_card: 8,
    radius_control: 4,
    rail: 32,
    right: [
      280,
      320,
      480
    ],
    spacing: [
      4,
      8,
      12,
      16,
      24,
      32
    ],
    table_row: 28,
    table_row_dense: 22,
    tooltip_delay_ms: 80,
    tooltip_width: 280
  },
  nodes: {
    circuit_px: 20,
    corner_px: 3,
    outline_px: 1,
    root_outline_px: 3,
    tree_px: 14,
    tree_radius_max_px: 14,
    tree_radius_min_px: 5
  },
  palettes: {
    dark: {
      diverging: [
        "#7db8f7",
        "#4c86c6",
        "#2d527d",
        "#2b3038",
        "#7d4a20",
        "#c67a3c",
        "#f7b27a"
      ],
      hues: [
        {
          colour: "#a0bbfb",
          label: "#14171c",
          marker: "circle",
          name: "blue"
        },
        {
          colour: "#d96d2e",
          label: "#14171c",
          marker: "square",
          name: "orange"
        },
        {
          colour: "#429b7a",
          label: "#14171c",
          marker: "triangle",
          name: "green"
        },
        {
          colour: "#a87dab",
          label: "#14171c",
          marker: "diamond",
          name: "violet"
        },
        {
          colour: "#f9a3b9",
          label: "#14171c",
          marker: "inverted_triangle",
          name: "rose"
        },
        {
          colour: "#e7e169",
          label: "#14171c",
          marker: "hexagon",
          name: "olive"
        }
      ],
      ordinal: [
        "#1d2c42",
        "#24446b",
        "#2f6098",
        "#437fc0",
        "#6aa0dc",
        "#9cc3ee",
        "#d2e5fa"
      ],
      states: {
        failed: "#f08a4b",
        focus: "#6fa8f5",
        inactive: "#737d8a",
        mark_colour: "#14171c",
        selected: "#e6e9ee",
        solved: "#8ff0cf"
      },
      surfaces: {
        accent: "#6fa8f5",
        canvas: "#14171c",
        divider: "#2b3038",
        edge: "#737d8a",
        muted: "#a3acb8",
        panel: "#1c2026",
        text: "#e6e9ee",
        warn: "#f2c14e"
      }
    },
    light: {
      diverging: [
        "#0b4a8f",
        "#3f7fc4",
        "#9cc1e6",
        "#eceff3",
        "#f0b98a",
        "#cf7430",
        "#8a3b00"
      ],
      hues: [
        {
          colour: "#12559c",
          label: "#ffffff",
          marker: "circle",
          name: "blue"
        },
        {
          colour: "#d55d0c",
          label: "#14171c",
          marker: "square",
          name: "orange"
        },
        {
          colour: "#459e7d",
          label: "#14171c",
          marker: "triangle",
          name: "green"
        },
        {
          colour: "#bf71c7",
          label: "#14171c",
          marker: "diamond",
          name: "violet"
        },
        {
          colour: "#8e3653",
          label: "#ffffff",
          marker: "inverted_triangle",
          name: "rose"
        },
        {
          colour: "#494903",
          label: "#ffffff",
          marker: "hexagon",
          name: "olive"
        }
      ],
      ordinal: [
        "#e4eef9",
        "#bcd5ef",
        "#8fb8e3",
        "#5f98d3",
        "#3a78bd",
        "#205a9c",
        "#103c70"
      ],
      states: {
        failed: "#c2410c",
        focus: "#2f6fd0",
        inactive: "#868f9b",
        mark_colour: "#ffffff",
        selected: "#1b1f24",
        solved: "#0f6b52"
      },
      surfaces: {
        accent: "#2f6fd0",
        canvas: "#ffffff",
        divider: "#d6dae0",
        edge: "#868f9b",
        muted: "#57606c",
        panel: "#f6f7f9",
        text: "#1b1f24",
        warn: "#8a5a00"
      }
    }
  },
  rings: {
    failed_check: {
      dash: "solid",
      gap_px: 0,
      line: "failed",
      width_px: 2
    },
    focus: {
      dash: "solid",
      gap_px: 2,
      line: "focus",
      width_px: 2
    },
    path: {
      dash: "solid",
      gap_px: 0,
      line: "text",
      width_px: 2
    },
    root: {
      dash: "solid",
      gap_px: 0,
      line: "hue",
      width_px: 3
    },
    selected: {
      dash: "solid",
      gap_px: 2,
      line: "selected",
      width_px: 2.5
    },
    shared: {
      dash: "solid",
      gap_px: 2,
      line: "hue",
      width_px: 1
    }
  },
  type: {
    body: {
      line: 20,
      px: 13,
      use: "tables, inspector, tooltips",
      weight: 400
    },
    caption: {
      line: 16,
      px: 11,
      use: "axis ticks, legend notes, timestamps",
      weight: 400
    },
    figure: {
      line: 36,
      px: 28,
      use: "one headline number",
      weight: 600
    },
    label: {
      line: 20,
      px: 13,
      use: "field names, column heads, node labels at rest",
      weight: 600
    },
    page: {
      line: 28,
      px: 20,
      use: "page title",
      weight: 600
    },
    title: {
      line: 24,
      px: 16,
      use: "panel heads",
      weight: 600
    }
  }
};

// src/lib/style.ts
var GLYPHS = style_default.glyphs;
var RINGS = style_default.rings;
function paletteOf(theme) {
  return style_default.palettes[theme];
}
function channels(colour) {
  return [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));
}
function luminance(colour) {
  const [r, g, b] = channels(colour).map((channel) => {
    const share = channel / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
function cssVariables(palette) {
  const named = { ...palette.surfaces, ...palette.states };
  return Object.fromEntries(
    Object.entries(named).map(([name, colour]) => [`--wb-${name.replace("_", "-")}`, colour])
  );
}

// src/lib/theme.ts
function resolve(wanted, el) {
  if (wanted === "light" || wanted === "dark") return wanted;
  const behind = backgroundBehind(el);
  if (behind) return luminance(behind) < 0.18 ? "dark" : "light";
  return darkPreferred().matches ? "dark" : "light";
}
function darkPreferred() {
  return window.matchMedia("(prefers-color-scheme: dark)");
}
function backgroundBehind(el) {
  let node = el.parentNode;
  while (node) {
    if (node instanceof Element) {
      const colour = opaque(getComputedStyle(node).backgroundColor);
      if (colour) return colour;
    }
    node = node instanceof ShadowRoot ? node.host : node.parentNode;
  }
  return null;
}
function opaque(css) {
  const parts = css.match(/^rgba?\(([\d.]+), ([\d.]+), ([\d.]+)(?:, ([\d.]+))?\)$/);
  if (!parts || parts[4] !== void 0 && Number(parts[4]) < 1) return null;
  const hex = parts.slice(1, 4).map((part) => Math.round(Number(part)).toString(16));
  return `#${hex.map((part) => part.padStart(2, "0")).join("")}`;
}
function watchHost(callback) {
  const observer = new MutationObserver(callback);
  const options = { attributes: true };
  for (const node of [document.documentElement, document.body]) observer.observe(node, options);
  const media = darkPreferred();
  media.addEventListener("change", callback);
  return () => {
    observer.disconnect();
    media.removeEventListener("change", callback);
  };
}

// src/lib/jobs/asks.ts
var Asks = class {
  constructor(model) {
    this.model = model;
  }
  model;
  send(type, ids) {
    const open = this.open;
    const seq = Math.max(this.answered, ...open.map((one) => one.seq)) + 1;
    this.model.set("asked", { actions: [...open, { seq, type, ids }] });
    this.model.save_changes();
  }
  /** What was asked of `id` and is not answered yet. */
  waiting(id) {
    return this.open.find((one) => one.ids.includes(id))?.type ?? null;
  }
  get anyWaiting() {
    return this.open.length > 0;
  }
  get answered() {
    return (this.model.get("told") ?? {}).seq ?? 0;
  }
  get open() {
    const { actions = [] } = this.model.get("asked") ?? {};
    return actions.filter((one) => one.seq > this.answered);
  }
};

// src/lib/jobs/cells.ts
function patched(whole, changes) {
  if (!changes || changes.version !== whole.version) return whole;
  const lines = [...whole.lines];
  for (const [place, line] of Object.entries(changes.lines)) lines[Number(place)] = line;
  return { ...whole, lines };
}
function placeOf(cells, role) {
  return cells.columns.findIndex((column) => column.role === role);
}
var UNSHOWN = ["id", "progress", "text", "error", "result"];
function shownColumns(cells, telling = -1) {
  const places = cells.columns.map((_, place) => place);
  const shown = places.filter((place) => !UNSHOWN.includes(cells.columns[place].role) && place !== telling);
  if (telling >= 0) shown.splice(shown.indexOf(placeOf(cells, "state")) + 1, 0, telling);
  return shown;
}
function ordered(cells, order) {
  const { lines } = cells;
  const places = lines.map((_, place) => place);
  if (!order) return places;
  const { column, down } = order;
  const sign = down ? -1 : 1;
  return places.sort((a, b) => {
    const [left, right] = [lines[a][column], lines[b][column]];
    if (left === null || right === null) return Number(left === null) - Number(right === null) || a - b;
    return sign * (compared(left, right) || furtherOf(cells, order, a, b)) || a - b;
  });
}
function furtherOf(cells, { column }, a, b) {
  const progress = placeOf(cells, "progress");
  if (progress < 0 || cells.columns[column].role !== "state") return 0;
  return compared(cells.lines[a][progress], cells.lines[b][progress]);
}
function compared(left, right) {
  if (typeof left === "string" && typeof right === "string") return left.localeCompare(right);
  if (typeof left === "string") return 1;
  if (typeof right === "string") return -1;
  return Number(left) - Number(right);
}
var SMALL_IS_GOOD = /loss|error|seconds|perplexity|bits|surprise|cost|failed/i;
function smallIsGood(name) {
  return SMALL_IS_GOOD.test(name);
}
function bestOf({ lines }, column, small) {
  const numbers = lines.map((line) => typeof line[column] === "number" ? line[column] : null);
  const known = numbers.filter((value) => value !== null);
  if (known.length < 2) return /* @__PURE__ */ new Set();
  const best = known.reduce((a, b) => small ? Math.min(a, b) : Math.max(a, b));
  return new Set(numbers.flatMap((value, place) => value === best ? [place] : []));
}
function csv(cells, places) {
  const columns = cells.columns.map((_, place) => place).filter((place) => !["id", "result"].includes(cells.columns[place].role));
  const head = columns.map((place) => field(cells.columns[place].name));
  const lines = places.map((at) => columns.map((place) => field(cells.lines[at][place])));
  return [head, ...lines].map((line) => line.join(",")).join("\r\n") + "\r\n";
}
function field(value) {
  if (value === null) return "";
  if (typeof value !== "string") return String(value);
  const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

// src/lib/numbers.ts
var MINUS = "−";
function numberText(value, digits = 3) {
  if (Number.isNaN(value)) return "missing";
  if (!Number.isFinite(value)) return value > 0 ? "∞" : `${MINUS}∞`;
  const size = Math.abs(value);
  if (Number.isInteger(value) && size < 1e9) return signed(grouped(size), value);
  if (size >= 1e9 || size < 1e-4) return signed(shortExponent(size, digits), value);
  if (size >= 10 ** digits - 0.5) return signed(grouped(Math.round(size)), value);
  return signed(trimmed(size.toPrecision(digits)), value);
}
function grouped(size) {
  return String(size).replace(/\B(?=(\d{3})+$)/g, ",");
}
function shortExponent(size, digits) {
  const [mantissa, exponent] = size.toExponential(digits - 1).split("e");
  const sign = exponent.startsWith("-") ? MINUS : "";
  return `${trimmed(mantissa)}e${sign}${exponent.replace(/^[+-]/, "")}`;
}
function trimmed(text) {
  return text.includes(".") ? text.replace(/\.?0+$/, "") : text;
}
function signed(text, value) {
  return value < 0 ? MINUS + text : text;
}

// src/lib/jobs/sparkline.ts
var SVG = "http://www.w3.org/2000/svg";
var WIDTH = 80;
var HEIGHT = 20;
var EDGE = 2;
var Sparkline = class {
  el = document.createElementNS(SVG, "svg");
  line = document.createElementNS(SVG, "path");
  end = document.createElementNS(SVG, "circle");
  constructor() {
    this.el.setAttribute("class", "wb-spark");
    this.el.setAttribute("viewBox", `0 0 ${WIDTH} ${HEIGHT}`);
    this.el.setAttribute("aria-hidden", "true");
    this.end.setAttribute("r", "2");
    this.el.append(this.line, this.end);
  }
  show(points) {
    const places = sparkPoints(points);
    const d = places.map(([x, y], i) => `${i ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}`).join("");
    setAttribute(this.line, "d", d);
    const last = places[places.length - 1];
    this.end.setAttribute("visibility", last ? "visible" : "hidden");
    if (!last) return;
    this.end.setAttribute("cx", last[0].toFixed(1));
    this.end.setAttribute("cy", last[1].toFixed(1));
  }
};
function sparkPoints(points) {
  const known = points.flatMap((value, i) => value === null ? [] : [[i, value]]);
  const values = known.map(([, value]) => value);
  const low = Math.min(...values);
  const span = Math.max(...values) - low;
  const across = (WIDTH - 2 * EDGE) / Math.max(1, points.length - 1);
  const up = HEIGHT - 2 * EDGE;
  return known.map(([i, value]) => {
    const share = span > 0 ? (value - low) / span : 0.5;
    return [EDGE + i * across, HEIGHT - EDGE - up * share];
  });
}

// src/lib/jobs/details.ts
var Details = class {
  el = element("div", "wb-job-details");
  failure = element("div", "wb-error wb-job-failure", { hidden: "" });
  what = element("div", "wb-job-error");
  remedy = element("div");
  stack = element("details", "", {}, element("summary", "", {}, "Details for developers"));
  trace = element("pre", "wb-job-stack");
  values = element("div", "wb-job-values");
  facts = element("dl", "wb-rows wb-job-facts");
  series = /* @__PURE__ */ new Map();
  told = "";
  constructor() {
    this.stack.append(this.trace);
    this.failure.append(this.what, this.remedy, this.stack);
    this.el.append(this.failure, this.values, this.facts);
  }
  show(row) {
    this.failure.hidden = !row.error;
    setText(this.what, row.error);
    setText(this.remedy, row.remedy);
    this.stack.hidden = !row.details;
    setText(this.trace, row.details);
    this.showValues(row.values);
    this.showFacts(row);
  }
  showValues(values) {
    const wanted = values.map((one) => this.seriesFor(one));
    if (wanted.length !== this.values.childElementCount) this.values.replaceChildren(...wanted);
    this.values.hidden = wanted.length === 0;
  }
  seriesFor({ name, last, n, points }) {
    let found = this.series.get(name);
    if (!found) {
      const [line, text] = [new Sparkline(), element("span", "wb-number")];
      const label = element("span", "wb-job-series-name", { title: name }, name);
      found = { line, text, el: element("div", "wb-job-series", {}, label, line.el, text) };
      this.series.set(name, found);
    }
    found.line.show(n > 1 ? points : []);
    setText(found.text, last === null ? "missing" : numberText(last, 6));
    return found.el;
  }
  showFacts(row) {
    const facts = [...row.facts];
    if (row.created !== null) facts.push(["submitted", new Date(1e3 * row.created).toLocaleString()]);
    const told = JSON.stringify(facts);
    if (told === this.told) return;
    this.told = told;
    this.facts.replaceChildren(
      ...facts.flatMap(([label, text]) => [
        element("dt", "", {}, label),
        element("dd", "", { title: text }, text)
      ])
    );
  }
};

// src/lib/jobs/marks.ts
var SVG2 = "http://www.w3.org/2000/svg";
var SHAPES = {
  queued: "M8 3a5 5 0 1 0 0.01 0M8 5.5V8l1.8 1.4",
  running: "M5.5 3.5l7 4.5-7 4.5z",
  done: "M3 8.5l3.5 3.5L13 4.5",
  failed: "M4 4l8 8M12 4l-8 8",
  cancelled: "M8 2.5a5.5 5.5 0 1 0 0.01 0M4.2 11.8l7.6-7.6"
};
function stateMark(state) {
  const svg = document.createElementNS(SVG2, "svg");
  svg.setAttribute("viewBox", "0 0 16 16");
  svg.setAttribute("aria-hidden", "true");
  svg.setAttribute("class", "wb-state-mark");
  svg.append(document.createElementNS(SVG2, "path"));
  showState(svg, state);
  return svg;
}
function showState(svg, state) {
  if (svg.dataset["state"] === state) return;
  svg.dataset["state"] = state;
  svg.firstElementChild?.setAttribute("d", SHAPES[state] ?? SHAPES["queued"]);
}

// src/lib/jobs/question.ts
function ask(place, text, yes, action) {
  place.querySelector(":scope > .wb-job-question")?.remove();
  const root = place.getRootNode();
  const before = root.activeElement;
  const confirm = textButton(yes);
  const keep = textButton("No");
  const line = element("div", "wb-job-question", { role: "alertdialog", "aria-label": text }, element("span", "", {}, text), confirm, keep);
  const close = () => {
    line.remove();
    before?.focus();
  };
  confirm.addEventListener("click", () => {
    close();
    action();
  });
  keep.addEventListener("click", close);
  line.addEventListener("keydown", (event) => {
    event.stopPropagation();
    if (event.key === "Escape") close();
  });
  place.append(line);
  confirm.focus();
}
function textButton(name) {
  return element("button", "wb-text-button", { type: "button" }, name);
}

// src/lib/jobs/rows.ts
var EMPTY = {
  id: "",
  name: "",
  place: "",
  status: "queued",
  progress: null,
  text: "",
  rate: null,
  remaining: null,
  created: null,
  elapsed: null,
  values: [],
  error: "",
  remedy: "",
  details: "",
  facts: [],
  cells: null,
  can: []
};
function rowsOf(value) {
  return Array.isArray(value) ? value.map((row) => ({ ...EMPTY, ...row })) : [];
}
var TELLING = /valid|test/i;
function mostTelling(all) {
  return all.find(({ name }) => TELLING.test(name)) ?? all[0];
}
function isUnfinished(status) {
  return status === "queued" || status === "running";
}
function endingsOf(before, after) {
  const was = new Map(before.map((row) => [row.id, row.status]));
  const ended = after.filter((row) => {
    const status = was.get(row.id);
    return status !== void 0 && isUnfinished(status) && !isUnfinished(row.status);
  });
  return ended.map((row) => `${row.name} ${row.status}`);
}

// src/lib/jobs/words.ts
var MINUTE = 60;
var HOUR = 3600;
var DAY = 86400;
function spanText(seconds) {
  const whole = Math.floor(seconds);
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < MINUTE) return `${whole} s`;
  if (seconds < HOUR) return `${Math.floor(whole / MINUTE)} min ${whole % MINUTE} s`;
  if (seconds < DAY) return `${Math.floor(whole / HOUR)} h ${Math.floor(whole % HOUR / MINUTE)} min`;
  return `${Math.floor(whole / DAY)} d ${Math.floor(whole % DAY / HOUR)} h`;
}
function remainingText(seconds) {
  if (seconds < 1) return "about 1 s left";
  const step = seconds < 20 ? 1 : seconds < 2 * MINUTE ? 5 : seconds < HOUR ? MINUTE : 10 * MINUTE;
  const rounded = Math.round(seconds / step) * step;
  if (rounded < 2 * MINUTE) return `about ${rounded} s left`;
  if (rounded < HOUR) return `about ${rounded / MINUTE} min left`;
  return `about ${spanText(rounded).replace(" 0 min", "").replace(" 0 h", "")} left`;
}
function shareText(share) {
  return `${Math.floor(100 * Math.min(1, Math.max(0, share)) + 1e-9)} %`;
}
function rateText(rate) {
  const units = [[1, "s"], [MINUTE, "min"], [HOUR, "h"]];
  const [seconds, unit] = units.find(([length]) => rate * length >= 0.01) ?? [DAY, "day"];
  return `${numberText(100 * rate * seconds, 2)} %/${unit}`;
}
function paceText(progress, rate, remaining) {
  const parts = [
    progress === null ? "" : shareText(progress),
    rate ? rateText(rate) : "",
    remaining === null ? "" : remainingText(remaining)
  ];
  return parts.filter(Boolean).join(" · ");
}
function countsText(counts) {
  const order = ["running", "queued", "done", "failed", "cancelled"];
  const present = order.filter((state) => counts[state]);
  return present.map((state) => `${numberText(counts[state])} ${state}`).join(", ");
}
function plural(n, noun) {
  return `${numberText(n)} ${noun}${n === 1 ? "" : "s"}`;
}

// src/lib/jobs/line.ts
var LOOKED_AT = 200;
var NARROWEST = 4;
var WIDEST = 24;
var WIDEST_HEAD = 11;
var CHECK_PX = 28;
var PADDING_PX = 12;
var STATE_CHARS = 13;
var CellLine = class {
  el;
  check = element("span", "wb-cell wb-cell-check", { role: "gridcell" });
  mark = null;
  columns = "";
  texts = [];
  constructor(id, key) {
    this.el = element("div", "wb-cells-line", { role: "row", id: key, "data-id": id });
  }
  show({ top, place, columns, cells, line, best, isChosen, isActive }) {
    this.build(columns, cells);
    this.el.style.transform = `translateY(${top}px)`;
    setAttribute(this.el, "aria-rowindex", String(place + 2));
    setAttribute(this.el, "aria-selected", String(isChosen));
    this.el.classList.toggle("wb-cell-active", isActive);
    columns.forEach((column, i) => {
      const { role } = cells.columns[column];
      const text = role === "state" ? stateText(cells, line, column) : textOf(line[column], role);
      setText(this.texts[i], column === best ? `★ ${text}` : text);
      this.texts[i].classList.toggle("wb-cell-best", column === best);
      if (role === "state") this.showMark(String(line[column]));
    });
  }
  showMark(state) {
    this.el.dataset["status"] = state;
    if (this.mark) showState(this.mark, state);
  }
  build(columns, cells) {
    const key = columns.join();
    if (key === this.columns) return;
    this.columns = key;
    this.texts = columns.map(() => element("span", "wb-cell-text"));
    const made3 = columns.map((column, i) => {
      const { role } = cells.columns[column];
      const cell = element("span", "wb-cell", { role: "gridcell", "data-role": role });
      if (role === "state") {
        this.mark = stateMark("queued");
        cell.append(this.mark);
      }
      cell.append(this.texts[i]);
      return cell;
    });
    this.el.replaceChildren(this.check, ...made3);
  }
};
function textOf(value, role) {
  if (value === null) return "";
  if (typeof value !== "number") return String(value);
  if (role === "progress") return shareText(value);
  if (role === "seconds") return spanText(value);
  return numberText(value, 5);
}
function stateText(cells, line, column) {
  const progress = line[placeOf(cells, "progress")];
  const state = String(line[column]);
  return state === "running" && typeof progress === "number" ? `${state} ${shareText(progress)}` : state;
}
function widthsOf(cells, columns) {
  const looked = cells.lines.slice(0, LOOKED_AT);
  const widths = columns.map((column) => {
    const { name, role } = cells.columns[column];
    const texts = looked.map((line) => textOf(line[column], role).length);
    const head = Math.min(name.length + 1, WIDEST_HEAD);
    const longest = role === "state" ? STATE_CHARS : Math.max(NARROWEST, head, ...texts) + (role === "value" ? 2 : 0);
    return `calc(${Math.min(WIDEST, longest)}ch + ${PADDING_PX}px)`;
  });
  return `${CHECK_PX}px ${widths.join(" ")}`;
}

// src/lib/jobs/selection.ts
var Choice = class {
  chosen = /* @__PURE__ */ new Set();
  active = -1;
  // the place in the order shown
  anchor = -1;
  /** Moves to `place`; with `extend` everything from where it began is chosen. */
  go(place, ids, extend) {
    if (!extend || this.anchor < 0) this.anchor = place;
    this.active = place;
    if (!extend) return;
    this.chosen.clear();
    const [from, to] = [Math.min(this.anchor, place), Math.max(this.anchor, place)];
    for (const id of ids.slice(from, to + 1)) this.chosen.add(id);
  }
  only(place, ids) {
    this.chosen.clear();
    this.toggle(place, ids);
  }
  toggle(place, ids) {
    [this.active, this.anchor] = [place, place];
    const id = ids[place];
    if (!this.chosen.delete(id)) this.chosen.add(id);
  }
  all(ids) {
    for (const id of ids) this.chosen.add(id);
  }
  clear() {
    this.chosen.clear();
  }
  /** What an action is about: all that is chosen, else the line the keyboard is on. */
  targets(ids) {
    if (this.chosen.size) return ids.filter((id) => this.chosen.has(id));
    return this.active >= 0 && this.active < ids.length ? [ids[this.active]] : [];
  }
};

// src/lib/jobs/sweep.ts
var LINE = 24;
var SPARE = 6;
var UNFINISHED = ["queued", "running"];
var RESUMABLE = ["failed", "cancelled"];
var made = 0;
var SweepTable = class {
  constructor(wishes) {
    this.wishes = wishes;
    for (const name of ["highest", "lowest"]) this.way.append(element("option", "", { value: name }, name));
    const mark = element("label", "wb-field wb-best-of", {}, "★ best", this.by, this.way);
    const tools = element("div", "wb-sweep-tools", {}, this.count, this.cancel, this.resume, this.copy, mark);
    this.grid.append(this.head, this.body);
    this.el.append(tools, this.grid, this.told);
    this.cancel.addEventListener("click", () => this.act("cancel"));
    this.resume.addEventListener("click", () => this.act("resume"));
    this.copy.addEventListener("click", () => void this.toClipboard());
    this.by.addEventListener("change", () => {
      this.way.value = smallIsGood(this.by.selectedOptions[0]?.text ?? "") ? "lowest" : "highest";
      this.fillHead();
      this.markOrder();
      this.refresh();
    });
    this.way.addEventListener("change", () => this.refresh());
    this.grid.addEventListener("scroll", () => this.draw());
    this.grid.addEventListener("keydown", (event) => this.onKey(event));
    this.body.addEventListener("click", (event) => this.onClick(event));
    new ResizeObserver(() => this.draw()).observe(this.grid);
  }
  wishes;
  el = element("section", "wb-sweep", { "aria-label": "Cells of the sweep" });
  grid = element("div", "wb-cells", { role: "grid", tabindex: 0, "aria-multiselectable": "true" });
  head = element("div", "wb-cells-head", { role: "row", "aria-rowindex": 1 });
  body = element("div", "wb-cells-body", { role: "rowgroup" });
  count = element("span", "wb-count");
  cancel = textButton("Cancel selected");
  resume = textButton("Resume selected");
  copy = textButton("Copy as CSV");
  by = element("select", "wb-select", { "aria-label": "Mark the best value of" });
  way = element("select", "wb-select", { "aria-label": "What is best" });
  told = element("div", "wb-cell-told", { "aria-live": "polite" });
  choice = new Choice();
  lines = /* @__PURE__ */ new Map();
  key = `wb-cell-${made += 1}`;
  cells = { version: -1, columns: [], lines: [] };
  places = [];
  ids = [];
  // in the order shown
  order = null;
  best = /* @__PURE__ */ new Set();
  columns = "";
  show(cells, name) {
    if (cells.version === this.cells.version && cells.lines === this.cells.lines) {
      this.draw();
      return;
    }
    this.cells = cells;
    setAttribute(this.grid, "aria-label", `Cells of ${name}`);
    const columns = JSON.stringify(cells.columns);
    if (columns !== this.columns) {
      this.columns = columns;
      this.order = null;
      this.fillBest();
      this.fillHead();
    }
    this.refresh();
  }
  // Drawing
  get shown() {
    return shownColumns(this.cells, this.by.value === "" ? -1 : Number(this.by.value));
  }
  refresh() {
    const at = placeOf(this.cells, "id");
    const { lines } = this.cells;
    const active = this.ids[this.choice.active];
    this.places = ordered(this.cells, this.order);
    this.ids = this.places.map((place) => String(at < 0 ? place : lines[place][at]));
    if (active !== void 0) this.choice.active = this.ids.indexOf(active);
    this.best = this.by.value === "" ? /* @__PURE__ */ new Set() : bestOf(this.cells, Number(this.by.value), this.way.value === "lowest");
    this.grid.style.setProperty("--columns", widthsOf(this.cells, this.shown));
    setAttribute(this.grid, "aria-rowcount", String(lines.length + 1));
    this.body.style.height = `${LINE * lines.length}px`;
    this.draw();
  }
  draw() {
    const first = Math.max(0, Math.floor(this.grid.scrollTop / LINE) - SPARE);
    const last = Math.min(this.ids.length, Math.ceil((this.grid.scrollTop + this.grid.clientHeight) / LINE) + SPARE);
    const wanted = new Set(this.ids.slice(first, last));
    for (const [id, line] of this.lines) {
      if (wanted.has(id)) continue;
      line.el.remove();
      this.lines.delete(id);
    }
    for (let at = first; at < last; at += 1) this.drawLine(at);
    this.showTools();
  }
  drawLine(at) {
    const id = this.ids[at];
    let line = this.lines.get(id);
    if (!line) {
      line = new CellLine(id, `${this.key}-${id}`);
      this.lines.set(id, line);
      this.body.append(line.el);
    }
    line.show({
      top: LINE * at,
      place: at,
      columns: this.shown,
      cells: this.cells,
      line: this.lineAt(at),
      best: this.best.has(this.places[at]) ? Number(this.by.value) : -1,
      isChosen: this.choice.chosen.has(id),
      isActive: at === this.choice.active
    });
  }
  lineAt(at) {
    return this.cells.lines[this.places[at]];
  }
  showTools() {
    const n = this.choice.chosen.size;
    setText(this.count, plural(this.ids.length, "cell") + (n ? `, ${n} selected` : ""));
    this.cancel.disabled = this.targets("cancel").length === 0;
    this.resume.disabled = this.targets("resume").length === 0;
    const active = this.lines.get(this.ids[this.choice.active]);
    if (active) setAttribute(this.grid, "aria-activedescendant", active.el.id);
    else this.grid.removeAttribute("aria-activedescendant");
    setText(this.told, this.choice.active < 0 ? "" : toldOf(this.cells, this.lineAt(this.choice.active)));
    this.told.hidden = this.told.textContent === "";
  }
  fillBest() {
    const options = this.cells.columns.flatMap(
      ({ name, role }, place) => role === "value" ? [element("option", "", { value: place }, name)] : []
    );
    this.by.replaceChildren(...options);
    const usual = mostTelling(this.cells.columns.filter(({ role }) => role === "value"));
    this.by.value = usual ? String(this.cells.columns.indexOf(usual)) : "";
    this.by.closest("label").hidden = options.length === 0;
    this.way.value = smallIsGood(this.by.selectedOptions[0]?.text ?? "") ? "lowest" : "highest";
  }
  fillHead() {
    const heads = this.shown.map((place) => {
      const { name, role } = this.cells.columns[place];
      const button = element("button", "wb-cells-sort", { type: "button", tabindex: -1, title: `Sort by ${name}` }, name.replaceAll("_", " "));
      const head = element("div", "wb-cell", { role: "columnheader", "aria-sort": "none", "data-role": role, "data-place": place }, button);
      button.addEventListener("click", () => this.sort(place));
      return head;
    });
    this.head.replaceChildren(element("div", "wb-cell wb-cell-check", { role: "columnheader", "aria-label": "Selected" }), ...heads);
  }
  sort(column) {
    const same = this.order?.column === column;
    this.order = same && this.order?.down ? null : { column, down: same };
    this.markOrder();
    this.refresh();
  }
  markOrder() {
    for (const head of this.head.children) {
      const sorted = this.order?.column === Number(head.dataset["place"] ?? -1);
      const way = this.order?.down ? "descending" : "ascending";
      if (head.dataset["place"]) setAttribute(head, "aria-sort", sorted ? way : "none");
    }
  }
  // What is asked
  targets(action) {
    const state = placeOf(this.cells, "state");
    const possible = action === "cancel" ? UNFINISHED : RESUMABLE;
    const of = new Map(this.ids.map((id, at) => [id, String(this.lineAt(at)[state])]));
    return this.choice.targets(this.ids).filter((id) => possible.includes(of.get(id) ?? ""));
  }
  act(action) {
    const ids = this.targets(action);
    if (ids.length) this.wishes.send(action, ids);
  }
  askToCancel() {
    const n = this.targets("cancel").length;
    if (n) ask(this.el, `Cancel ${plural(n, "cell")}? What is done so far is kept.`, "Cancel", () => this.act("cancel"));
  }
  async toClipboard() {
    const chosen = this.choice.chosen;
    const places = chosen.size ? this.places.filter((_, at) => chosen.has(this.ids[at])) : this.places;
    const done = await copied(csv(this.cells, places), this.el);
    setText(this.copy, done ? `Copied ${plural(places.length, "line")}` : "Could not copy");
    window.setTimeout(() => setText(this.copy, "Copy as CSV"), 2e3);
  }
  onClick(event) {
    const target = event.target;
    const at = this.ids.indexOf(target.closest("[data-id]")?.dataset["id"] ?? "");
    if (at < 0) return;
    const adds = event.ctrlKey || event.metaKey || target.closest(".wb-cell-check") !== null;
    if (event.shiftKey) this.choice.go(at, this.ids, true);
    else if (adds) this.choice.toggle(at, this.ids);
    else this.choice.only(at, this.ids);
    this.draw();
  }
  onKey(event) {
    const keys = {
      " ": () => this.choice.active >= 0 && this.choice.toggle(this.choice.active, this.ids),
      a: () => (event.ctrlKey || event.metaKey) && this.choice.all(this.ids),
      Escape: () => this.choice.clear(),
      Delete: () => this.askToCancel(),
      Enter: () => this.open()
    };
    const to = this.placeTo(event.key);
    if (to === null && !keys[event.key]) return;
    if (to !== null) this.go(to, event.shiftKey);
    else keys[event.key]();
    event.preventDefault();
    event.stopPropagation();
    this.draw();
  }
  placeTo(key) {
    const page = Math.max(1, Math.floor(this.grid.clientHeight / LINE) - 2);
    const pages = { PageUp: -page, PageDown: page };
    if (key === "ArrowLeft" || key === "ArrowRight" || !this.ids.length) return null;
    const from = Math.max(0, this.choice.active);
    if (pages[key]) return Math.min(this.ids.length - 1, Math.max(0, from + pages[key]));
    const to = stepTo(key, from, this.ids.length);
    const begins = this.choice.active < 0 && key.startsWith("Arrow");
    return to < 0 ? null : begins ? 0 : to;
  }
  go(place, extend) {
    this.choice.go(place, this.ids, extend);
    const [top, height] = [LINE * place, this.grid.clientHeight - LINE];
    if (top < this.grid.scrollTop) this.grid.scrollTop = top;
    if (top + LINE > this.grid.scrollTop + height) this.grid.scrollTop = top + LINE - height;
  }
  open() {
    const at = this.choice.active;
    const state = placeOf(this.cells, "state");
    if (at >= 0 && this.lineAt(at)[state] === "done") this.wishes.send("open", [this.ids[at]]);
  }
};
function toldOf(cells, line) {
  const [error, text] = [placeOf(cells, "error"), placeOf(cells, "text")];
  return [error, text].map((place) => String((place < 0 ? null : line[place]) ?? "")).find(Boolean) ?? "";
}
async function copied(text, place) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const area = element("textarea", "wb-live");
    area.value = text;
    place.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    return done;
  }
}

// src/lib/jobs/row.ts
var ACTIONS = [
  ["open", "Open result", "Opening…"],
  ["resume", "Resume", "Resuming…"],
  ["cancel", "Cancel", "Cancelling…"]
];
var SEGMENTS = ["done", "failed", "cancelled", "running"];
var made2 = 0;
var JobRow = class {
  constructor(row, wishes) {
    this.row = row;
    this.wishes = wishes;
    const chevron = element("span", "wb-job-chevron", { "aria-hidden": "true" });
    this.opener.append(chevron, this.mark, this.name, this.size);
    this.value.append(this.spark.el, this.of, this.last);
    this.opener.addEventListener("click", () => wishes.toggle(this.row.id));
    made2 += 1;
    this.state.id = `wb-job-state-${made2}`;
    this.more.id = `wb-job-more-${made2}`;
    this.opener.setAttribute("aria-describedby", this.state.id);
    this.opener.setAttribute("aria-controls", this.more.id);
    this.state.append(this.word, this.text);
    this.track.append(...this.segments);
    for (const [action, name] of ACTIONS) this.addButton(action, name);
    this.more.append(this.details.el);
    const top = element("div", "wb-job-top", {}, this.opener, this.actions);
    const foot = element("div", "wb-job-foot", {}, this.pace, this.value);
    const head = element("div", "wb-job-head", {}, top, this.state, this.track, foot);
    this.el.append(head, this.more);
  }
  row;
  wishes;
  el = element("div", "wb-job", { role: "listitem" });
  opener = element("button", "wb-job-opener", { type: "button", "aria-expanded": "false" });
  mark = stateMark("queued");
  name = element("span", "wb-job-name");
  size = element("span", "wb-job-size");
  actions = element("div", "wb-job-actions");
  state = element("div", "wb-job-state");
  word = element("span", "wb-job-word");
  text = element("span", "wb-job-text");
  track = element("div", "wb-job-track", { role: "progressbar", "aria-valuemin": 0, "aria-valuemax": 100 });
  segments = SEGMENTS.map((state) => element("i", "", { "data-state": state }));
  pace = element("div", "wb-job-pace");
  value = element("div", "wb-job-value");
  spark = new Sparkline();
  of = element("span", "wb-job-value-name");
  last = element("span", "wb-number");
  more = element("div", "wb-job-more", { hidden: "" });
  details = new Details();
  table = null;
  buttons = /* @__PURE__ */ new Map();
  since = 0;
  show(row, isOpen, cells, isNew) {
    this.row = row;
    if (isNew) this.since = performance.now();
    this.el.dataset["id"] = row.id;
    this.el.dataset["status"] = row.status;
    showState(this.mark, row.status);
    setText(this.name, row.name);
    this.name.title = row.name;
    setText(this.size, row.cells ? plural(total(row.cells), "cell") : "");
    setAttribute(this.opener, "aria-expanded", String(isOpen));
    this.more.hidden = !isOpen;
    this.showProgress();
    this.showValue();
    this.showActions();
    this.tick();
    if (!isOpen) return;
    this.details.show(row);
    this.showCells(cells);
  }
  /** Seconds go on between two messages. */
  tick() {
    const { row } = this;
    const seconds = this.elapsed;
    const parts = [
      row.cells ? countsText(row.cells) : row.text,
      seconds === null || row.status === "queued" ? "" : spanText(seconds)
    ];
    setText(this.word, row.status);
    setText(this.text, parts.filter(Boolean).map((part) => ` · ${part}`).join(""));
    setAttribute(this.text, "title", row.text);
  }
  ask() {
    if (!this.row.can.includes("cancel")) return;
    const what = this.row.cells ? "all its unfinished cells" : "this job";
    ask(this.el, `Cancel ${what}? What is done so far is kept.`, "Cancel it", () => this.send("cancel"));
  }
  get elapsed() {
    if (this.row.elapsed === null) return null;
    const ticks = this.row.status === "running" ? (performance.now() - this.since) / 1e3 : 0;
    return this.row.elapsed + ticks;
  }
  addButton(action, name) {
    const button = textButton(name);
    button.addEventListener("click", () => this.send(action));
    this.buttons.set(action, button);
    this.actions.append(button);
  }
  send(action) {
    this.wishes.send(action, [this.row.id]);
  }
  showActions() {
    const waiting = this.wishes.waiting(this.row.id);
    for (const [action, name, waits] of ACTIONS) {
      const button = this.buttons.get(action);
      const isWaiting = waiting === action;
      button.hidden = !this.row.can.includes(action) && !isWaiting;
      button.disabled = isWaiting;
      const reach = reachOf(this.row, action);
      setText(button, isWaiting ? waits : `${name}${reach}`);
      setAttribute(button, "aria-label", `${name}${reach}${reach ? " cells" : ""}: ${this.row.name}`);
    }
  }
  showProgress() {
    const { row } = this;
    const runs = isUnfinished(row.status);
    this.track.hidden = !(row.progress && runs) && !(row.cells && row.status !== "done");
    const shares = segmentShares(row);
    this.segments.forEach((segment, i) => {
      segment.style.width = `${100 * shares[i]}%`;
    });
    const percent = Math.floor(100 * (row.progress ?? 0));
    setAttribute(this.track, "aria-valuenow", String(percent));
    setAttribute(this.track, "aria-label", `${row.name}: share done`);
    const pace = runs && row.status !== "queued" ? paceText(row.progress, row.rate, row.remaining) : "";
    setText(this.pace, pace || row.error);
    this.pace.hidden = this.pace.textContent === "" || !pace && !this.more.hidden;
  }
  showValue() {
    const series = mostTelling(this.row.values);
    this.value.hidden = !series || series.last === null;
    if (!series || series.last === null) return;
    this.spark.show(series.n > 1 ? series.points : []);
    setText(this.of, series.name);
    setText(this.last, numberText(series.last, 4));
    setAttribute(this.value, "title", `${series.name}, last value`);
  }
  showCells(cells) {
    if (!cells) return;
    if (!this.table) {
      this.table = new SweepTable(this.wishes);
      this.more.append(this.table.el);
    }
    this.table.show(cells, this.row.name);
  }
};
function segmentShares({ cells, progress, status }) {
  if (!cells) {
    const state = isUnfinished(status) ? "running" : status;
    return SEGMENTS.map((one) => one === state ? progress ?? 0 : 0);
  }
  const n = total(cells) || 1;
  const ended = SEGMENTS.slice(0, 3).map((state) => (cells[state] ?? 0) / n);
  const done = ended.reduce((a, b) => a + b, 0);
  return [...ended, Math.max(0, Math.min(1, progress ?? 0) - done)];
}
function total(counts) {
  return Object.values(counts).reduce((a, b) => a + b, 0);
}
function reachOf({ cells }, action) {
  const states = { cancel: ["queued", "running"], resume: ["failed", "cancelled"], open: [] }[action];
  const n = states.reduce((sum, state) => sum + (cells?.[state] ?? 0), 0);
  return n ? ` ${numberText(n)}` : "";
}

// src/lib/jobs/list.ts
var MOST = 50;
var TICK_MS = 1e3;
var PATIENCE_MS = 3e3;
var JobList = class {
  constructor(model, el) {
    this.model = model;
    this.asks = new Asks(model);
    this.wishes = {
      send: (action, ids) => this.send(action, ids),
      waiting: (id) => this.asks.waiting(id),
      toggle: (id) => this.toggle(id)
    };
    const head = element("header", "wb-jobs-head", {}, this.title, this.counts);
    this.empty.append(element("div", "wb-jobs-none", {}, "No jobs yet."), this.hint);
    this.root.append(head, this.note, this.list, this.more, this.empty, this.live);
    this.more.addEventListener("click", () => {
      this.most += MOST;
      this.show(false);
    });
    this.list.addEventListener("keydown", (event) => this.onKey(event));
    el.append(this.root);
    this.connect();
    this.readTheme();
    this.show(true);
    this.showNote();
  }
  model;
  root = element("div", "wb-view wb-jobs", { "data-kind": "jobs" });
  title = element("h2", "wb-jobs-title");
  counts = element("span", "wb-count");
  note = element("div", "wb-error wb-jobs-note", { role: "alert", hidden: "" });
  list = element("div", "wb-jobs-list", { role: "list", "aria-label": "Jobs" });
  more = textButton("Show more");
  empty = element("div", "wb-ask-empty wb-jobs-empty", { hidden: "" });
  hint = element("div", "wb-jobs-hint");
  live = element("div", "wb-live", { "aria-live": "polite" });
  asks;
  wishes;
  rowOf = /* @__PURE__ */ new Map();
  disposers = [];
  rows = [];
  most = MOST;
  patience = 0;
  dispose() {
    for (const dispose of this.disposers) dispose();
    this.root.remove();
  }
  connect() {
    const on = (names, read) => {
      this.disposers.push(watch(this.model, names, read));
    };
    on(["rows"], () => this.show(true));
    on(["opened", "tables", "changes", "title", "hint", "asked"], () => this.show(false));
    on(["told"], () => {
      this.show(false);
      this.showNote();
    });
    on(["theme"], () => this.readTheme());
    this.disposers.push(watchHost(() => this.readTheme()));
    const observer = new ResizeObserver(() => this.readTheme());
    observer.observe(this.root);
    const timer = window.setInterval(() => this.tick(), TICK_MS);
    this.disposers.push(() => {
      observer.disconnect();
      window.clearInterval(timer);
      window.clearTimeout(this.patience);
    });
  }
  readTheme() {
    const theme = resolve(this.model.get("theme"), this.root);
    if (theme === this.root.dataset["theme"]) return;
    this.root.dataset["theme"] = theme;
    for (const [name, value] of Object.entries(cssVariables(paletteOf(theme)))) {
      this.root.style.setProperty(name, value);
    }
    this.root.style.colorScheme = theme;
  }
  // What is shown
  show(isNew) {
    const rows = isNew ? rowsOf(this.model.get("rows")) : this.rows;
    if (isNew) this.announce(rows);
    this.rows = rows;
    this.showHead();
    const shown = rows.slice(0, this.most);
    const opened = this.opened;
    const items = shown.map((row) => {
      const item = this.itemFor(row);
      const isOpen = opened.includes(row.id);
      item.show(row, isOpen, isOpen ? this.cellsOf(row.id) : null, isNew);
      return item;
    });
    this.place(items);
    this.more.hidden = rows.length <= this.most;
    for (const id of [...this.rowOf.keys()]) if (!rows.some((row) => row.id === id)) this.rowOf.delete(id);
  }
  showHead() {
    const counts = {};
    for (const { status } of this.rows) counts[status] = (counts[status] ?? 0) + 1;
    setText(this.title, String(this.model.get("title") || "Jobs"));
    setText(this.counts, countsText(counts));
    setText(this.hint, String(this.model.get("hint") ?? ""));
    this.empty.hidden = this.rows.length > 0;
    this.list.hidden = this.rows.length === 0;
  }
  itemFor(row) {
    let item = this.rowOf.get(row.id);
    if (!item) {
      item = new JobRow(row, this.wishes);
      this.rowOf.set(row.id, item);
    }
    return item;
  }
  /** Only moves what is not in place: the keyboard and open menus stay where they are. */
  place(items) {
    items.forEach((item, i) => {
      const there = this.list.children[i];
      if (there !== item.el) this.list.insertBefore(item.el, there ?? null);
    });
    while (this.list.children.length > items.length) this.list.lastElementChild?.remove();
  }
  cellsOf(id) {
    const whole = (this.model.get("tables") ?? {})[id];
    const changes = (this.model.get("changes") ?? {})[id];
    return whole ? patched(whole, changes) : null;
  }
  showNote() {
    const { error = "", remedy = "" } = this.model.get("told") ?? {};
    this.say([error, remedy].filter(Boolean).join(" "));
    window.clearTimeout(this.patience);
  }
  say(text) {
    setText(this.note, text);
    this.note.hidden = !text;
  }
  announce(rows) {
    const ended = endingsOf(this.rows, rows);
    if (ended.length) this.live.textContent = ended.join(", ");
  }
  tick() {
    for (const item of this.rowOf.values()) item.tick();
  }
  // What is asked
  get opened() {
    return this.model.get("opened") ?? [];
  }
  toggle(id) {
    const { opened } = this;
    const others = opened.filter((one) => one !== id);
    save(this.model, "opened", others.length < opened.length ? others : [...opened, id]);
    this.show(false);
  }
  send(action, ids) {
    this.asks.send(action, ids);
    this.show(false);
    window.clearTimeout(this.patience);
    this.patience = window.setTimeout(() => {
      if (this.asks.anyWaiting) this.say("Not answered yet: Python is busy, or has ended.");
    }, PATIENCE_MS);
  }
  onKey(event) {
    const items = this.rows.slice(0, this.most).map((row) => this.itemFor(row));
    const place = items.findIndex((item) => item.opener === event.target);
    if (place < 0) return;
    const isOpen = items[place].opener.getAttribute("aria-expanded") === "true";
    const towards = event.key === "ArrowRight" ? !isOpen : event.key === "ArrowLeft" ? isOpen : null;
    if (towards !== null) {
      if (towards) this.toggle(this.rows[place].id);
    } else if (event.key === "Delete") {
      items[place].ask();
    } else {
      const to = stepTo(event.key, place, items.length);
      if (to < 0) return;
      items[to].opener.focus();
    }
    event.preventDefault();
    event.stopPropagation();
  }
};

// src/job_list.ts
var job_list_default = {
  render({ model, el }) {
    const list = new JobList(model, el);
    return () => list.dispose();
  }
};
export {
  job_list_default as default
};
