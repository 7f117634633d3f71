// src/lib/dom.ts
function element(name, className = "", attributes = {}, ...children) {
  const made = document.createElement(name);
  if (className) made.className = className;
  for (const [key2, value] of Object.entries(attributes)) made.setAttribute(key2, String(value));
  made.append(...children);
  return made;
}
function setText(el, text) {
  if (el.textContent !== text) el.textContent = text;
}
function setAttribute(el, name, value) {
  if (el.getAttribute(name) !== value) el.setAttribute(name, value);
}

// src/lib/host.ts
function bytesOf(value) {
  if (value instanceof Uint8Array) return value;
  if (value instanceof ArrayBuffer) return new Uint8Array(value);
  if (ArrayBuffer.isView(value)) {
    return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  }
  return new Uint8Array(0);
}
function watch(model, names, callback) {
  for (const name of names) model.on(`change:${name}`, callback);
  return () => {
    for (const name of names) model.off(`change:${name}`, callback);
  };
}
function emit(model, type, details = {}) {
  const last = model.get("event");
  model.set("event", { seq: (last?.seq ?? 0) + 1, type, ...details });
  model.save_changes();
}
function save(model, name, value) {
  model.set(name, value);
  model.save_changes();
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
function rampColour(ramp, share, from = 0) {
  const place = from + Math.min(1, Math.max(0, share)) * (ramp.length - 1 - from);
  const low = Math.min(Math.floor(place), ramp.length - 2);
  const start = channels(ramp[low]);
  const stop = channels(ramp[low + 1]);
  const mixed = start.map((a, i) => Math.round(a + (stop[i] - a) * (place - low)));
  return `#${mixed.map((channel) => channel.toString(16).padStart(2, "0")).join("")}`;
}
function inkOn(colour) {
  return luminance(colour) > 0.18 ? "#14171c" : "#ffffff";
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
  const hex = parts.slice(1, 4).map((part3) => Math.round(Number(part3)).toString(16));
  return `#${hex.map((part3) => part3.padStart(2, "0")).join("")}`;
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

// src/lib/scene.ts
var VERSION = 1;
var REVISION_BYTES = 16;
var ARRAYS = {
  float32: (buffer, at, n) => new Float32Array(buffer, at, n),
  float64: (buffer, at, n) => new Float64Array(buffer, at, n),
  int32: (buffer, at, n) => new Int32Array(buffer, at, n),
  uint8: (buffer, at, n) => new Uint8Array(buffer, at, n)
};
function tablesOf(header, bytes) {
  const described = header;
  if (described?.version !== VERSION || bytes.length < REVISION_BYTES) return null;
  const revision = new TextDecoder().decode(bytes.subarray(0, REVISION_BYTES));
  if (revision !== described.revision) return null;
  const buffer = bytes.slice().buffer;
  return (name) => readTable(described.tables[name], buffer);
}
function readTable(header, buffer) {
  const table2 = { n: header?.n_rows ?? 0, numbers: {}, words: {} };
  for (const [name, column] of Object.entries(header?.columns ?? {})) {
    const values = readArray(column, buffer);
    if (column.texts) {
      table2.words[name] = { codes: values, texts: readTexts(column.texts, buffer) };
    } else {
      table2.numbers[name] = values;
    }
  }
  return table2;
}
function readArray(header, buffer) {
  return ARRAYS[header.type](buffer, header.at, header.n);
}
function readTexts(header, buffer) {
  const ends = readArray(header.ends, buffer);
  const utf8 = readArray(header.utf8, buffer);
  const decoder = new TextDecoder();
  const texts = new Array(ends.length - 1);
  for (let i = 0; i < texts.length; i++) {
    texts[i] = decoder.decode(utf8.subarray(ends[i], ends[i + 1]));
  }
  return texts;
}
function textOf(table2, name, row) {
  const words = table2.words[name];
  return words ? words.texts[words.codes[row]] : "";
}

// src/lib/evidence/answer.ts
function decodeAnswer(header, bytes) {
  const read = tablesOf(header, bytes);
  if (!read) return null;
  const described = header;
  const variables = variablesOf(read("variables"), read("bars"), read("lines"));
  return {
    revision: described.revision,
    variables,
    byColumn: new Map(variables.map((variable) => [variable.column, variable])),
    pixels: "pixels" in described.tables ? pixelsOf(read("pixels"), described.encodings) : null
  };
}
function variablesOf(table2, bars, lines) {
  const barSpans = spans(bars, table2.n);
  const lineSpans = spans(lines, table2.n);
  const at = (name, row) => table2.numbers[name]?.[row] ?? NaN;
  return Array.from({ length: table2.n }, (_, row) => ({
    column: at("column", row),
    name: textOf(table2, "name", row),
    change: at("change", row),
    bars: barsOf(bars, barSpans[row]),
    curve: curveOf(lines, lineSpans[row]),
    moments: {
      before: [at("mean_before", row), at("deviation_before", row)],
      after: [at("mean_after", row), at("deviation_after", row)]
    }
  }));
}
function spans(table2, n) {
  const variable = table2.numbers["variable"] ?? [];
  const found = Array.from({ length: n }, () => [0, 0]);
  for (let i = 0; i < variable.length; i++) {
    const span = found[variable[i]];
    if (span[0] === span[1]) found[variable[i]] = [i, i + 1];
    else span[1] = i + 1;
  }
  return found;
}
function part(table2, name, [from, to]) {
  return table2.numbers[name].subarray(from, to);
}
function barsOf(table2, span) {
  if (span[0] === span[1]) return null;
  const [before, after] = [part(table2, "before", span), part(table2, "after", span)];
  const labels = Array.from(before, (_, i) => textOf(table2, "category", span[0] + i));
  return { labels, before, after, top: Math.max(...before, ...after) };
}
function curveOf(table2, span) {
  if (span[0] === span[1]) return null;
  const [x, before, after] = ["x", "before", "after"].map((name) => part(table2, name, span));
  return { x, before, after };
}
function pixelsOf(table2, encodings) {
  const { column, row, place, before, after } = table2.numbers;
  return {
    height: Number(encodings["rows"]?.label ?? 1),
    width: Number(encodings["columns"]?.label ?? 1),
    columns: column,
    rows: row,
    places: place,
    before,
    after
  };
}

// src/lib/evidence/badges.ts
var MARKS = { yes: "✓", no: "✗", undecided: "?" };
var WORDS = { yes: "holds", no: "fails", undecided: "could not be told" };
var Badges = class {
  constructor(point) {
    this.point = point;
  }
  point;
  el = element("div", "wb-badges", { role: "group", "aria-label": "Properties of the circuit" });
  why = element("div", "wb-why", { "aria-live": "polite", hidden: "" });
  open = "";
  show(badges) {
    if (!badges.some(({ name }) => name === this.open)) this.open = "";
    this.el.replaceChildren(...badges.map((badge) => this.made(badge)), this.why);
    this.explain(badges.find(({ name }) => name === this.open));
  }
  made(badge) {
    const { name, state } = badge;
    const mark = element("span", "wb-badge-mark", { "aria-hidden": "true" }, MARKS[state]);
    const text = element("span", "", {}, name);
    const label = `${name}: ${WORDS[state]}`;
    if (state === "yes") {
      return element("span", "wb-badge", { "data-state": state, role: "img", "aria-label": label }, mark, text);
    }
    const button2 = element("button", "wb-badge", {
      "data-state": state,
      type: "button",
      "aria-label": `${label}; show the units`,
      "aria-expanded": this.open === name
    }, mark, text);
    button2.addEventListener("click", () => this.toggle(badge));
    return button2;
  }
  toggle(badge) {
    this.open = this.open === badge.name ? "" : badge.name;
    const isOpen = this.open === badge.name;
    for (const button2 of this.el.querySelectorAll("button.wb-badge")) {
      const mine = button2.textContent?.endsWith(badge.name) ?? false;
      button2.setAttribute("aria-expanded", String(isOpen && mine));
    }
    this.explain(isOpen ? badge : void 0);
    if (isOpen) this.point(badge);
  }
  explain(badge) {
    this.why.hidden = badge === void 0;
    this.why.textContent = badge ? `Not known to be ${badge.name}: ${badge.sentence}.` : "";
  }
};

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

// src/lib/evidence/card.ts
var Card = class {
  constructor(column, wishes) {
    this.column = column;
    this.wishes = wishes;
    const head = element("div", "wb-card-head", {}, this.name, this.change, this.release);
    this.el = element("div", "wb-card", { role: "group" }, head, this.body);
    this.el.dataset["column"] = String(column);
    this.release.addEventListener("click", () => this.know(void 0));
    this.el.addEventListener("keydown", (event) => this.key(event));
  }
  column;
  wishes;
  el;
  body = element("div", "wb-card-body");
  name = element("span", "wb-card-name");
  change = element("span", "wb-card-change", {
    title: "total variation between before and after, from 0 to 1"
  });
  release = element("button", "wb-release", { type: "button" }, "×");
  update(variable, known) {
    setText(this.name, variable.name);
    setAttribute(this.name, "title", variable.name);
    setAttribute(this.el, "aria-label", variable.name);
    this.el.classList.toggle("wb-known", known !== void 0);
    this.release.hidden = known === void 0;
    setAttribute(this.release, "aria-label", `Release ${variable.name}`);
    this.change.hidden = known !== void 0 || !(variable.change > 5e-4);
    setText(this.change, `changed by ${numberText(variable.change, 2)}`);
    this.show(variable, known);
  }
  know(known) {
    this.wishes.know(this.column, known);
  }
  key(event) {
    const typing = event.target instanceof HTMLInputElement;
    if (typing || !["Delete", "Backspace"].includes(event.key)) return;
    event.preventDefault();
    this.know(void 0);
  }
};

// src/lib/evidence/findings.ts
function codesOf(known) {
  if (known === void 0) return [];
  return typeof known === "number" ? [known] : Array.isArray(known) ? known : [];
}
function toggled(known, code) {
  const codes = codesOf(known);
  return codes.length === 1 && codes[0] === code ? void 0 : code;
}
function extended(known, code, nCategories) {
  const codes = new Set(codesOf(known));
  if (!codes.delete(code)) codes.add(code);
  const sorted2 = [...codes].sort((a, b) => a - b);
  if (!sorted2.length || sorted2.length === nCategories) return void 0;
  return sorted2.length === 1 ? sorted2[0] : sorted2;
}
function withKnown(findings, column, known) {
  const changed = { ...findings };
  if (known === void 0) delete changed[String(column)];
  else changed[String(column)] = known;
  return changed;
}
var RANGE = /^(.*?)(?:\.\.+|\u2026| to )(.*)$/;
function parsed(text) {
  const trimmed2 = text.trim();
  if (!trimmed2) return void 0;
  const range = RANGE.exec(trimmed2);
  if (!range) return numberOf(trimmed2);
  const [low, high] = [range[1], range[2]].map((end) => end.trim() ? numberOf(end) : void 0);
  if (low === null || high === null || low === void 0 && high === void 0) return null;
  if (low !== void 0 && high !== void 0 && low > high) return null;
  return low === high && low !== void 0 ? low : { low: low ?? null, high: high ?? null };
}
function numberOf(text) {
  const value = Number(text.trim().replace("−", "-"));
  return text.trim() && Number.isFinite(value) ? value : null;
}
function typed(known) {
  if (known === void 0 || Array.isArray(known)) return "";
  if (typeof known === "number") return plain(known);
  return `${known.low === null ? "" : plain(known.low)}..${known.high === null ? "" : plain(known.high)}`;
}
function plain(value) {
  return String(Number(value.toPrecision(6)));
}
function wordsOf(known, label) {
  if (typeof known === "number") return label(known);
  if (Array.isArray(known)) return known.map(label).join(" or ");
  const { low, high } = known;
  if (low === null) return high === null ? "any value" : `at most ${numberText(high, 6)}`;
  if (high === null) return `at least ${numberText(low, 6)}`;
  return `${numberText(low, 6)} to ${numberText(high, 6)}`;
}
function sameFindings(one, other) {
  return JSON.stringify(sorted(one)) === JSON.stringify(sorted(other));
}
function sorted(findings) {
  return Object.entries(findings).sort(([a], [b]) => Number(a) - Number(b));
}

// src/lib/rove.ts
function reachable(elements, place) {
  elements.forEach((element2, i) => {
    const wanted = i === place ? 0 : -1;
    if (element2.tabIndex !== wanted || !element2.hasAttribute("tabindex")) element2.tabIndex = wanted;
  });
}
function stepTo(key2, place, n, width = 1) {
  const steps = {
    ArrowUp: -width,
    ArrowDown: width,
    ArrowLeft: -1,
    ArrowRight: 1
  };
  if (key2 === "Home") return 0;
  if (key2 === "End") return n - 1;
  const step = steps[key2];
  if (step === void 0) return -1;
  const crossesRow = Math.abs(step) === 1 && width > 1;
  const to = place + step;
  const sameRow = Math.floor(to / width) === Math.floor(place / width);
  return to < 0 || to >= n || crossesRow && !sameRow ? place : to;
}

// src/lib/evidence/bars.ts
var LABEL_CHARS = 12;
var LISTED = 8;
var BarsCard = class extends Card {
  list = element("div", "wb-bars", {
    role: "listbox",
    "aria-multiselectable": "true"
  });
  note = element("div", "wb-card-note");
  bars = [];
  shownBars = null;
  known;
  at = 0;
  told = "";
  constructor(column, wishes) {
    super(column, wishes);
    this.body.append(this.list, this.note);
    this.list.addEventListener("click", (event) => this.click(event));
    this.list.addEventListener("keydown", (event) => this.move(event));
    this.list.addEventListener("pointerover", (event) => this.tell(this.placeOf(event.target)));
    this.list.addEventListener("pointerleave", () => this.tell(-1));
    this.list.addEventListener("focusin", (event) => this.tell(this.placeOf(event.target)));
  }
  show(variable, known) {
    const { bars } = variable;
    if (!bars) return;
    [this.shownBars, this.known] = [bars, known];
    this.list.setAttribute("aria-label", variable.name);
    if (this.bars.length !== bars.labels.length) this.build(bars);
    const codes = new Set(codesOf(known));
    const upright = bars.labels.length > LISTED;
    this.bars.forEach((bar, code) => this.showBar(bar, bars, code, codes, upright));
    if (codes.size && !this.list.contains(document.activeElement)) this.at = Math.min(...codes);
    reachable(this.bars.map(({ el }) => el), this.at);
    this.tell(-1);
  }
  build({ labels }) {
    const n = labels.length;
    const longest = Math.max(...labels.map((label) => label.length));
    this.list.style.setProperty("--label", `${Math.min(longest, LABEL_CHARS) + 3}ch`);
    const upright = n > LISTED;
    this.list.classList.toggle("wb-upright", upright);
    this.list.setAttribute("aria-orientation", upright ? "horizontal" : "vertical");
    this.note.hidden = !upright;
    this.bars = Array.from({ length: n }, () => {
      const [label, share] = [element("span", "wb-bar-label"), element("span", "wb-bar-share")];
      const parts = upright ? [] : [label, element("span", "wb-track"), share];
      const el = element("button", "wb-bar", { type: "button", role: "option" }, ...parts);
      return { el, label, share };
    });
    this.list.replaceChildren(...this.bars.map(({ el }) => el));
  }
  showBar(bar, bars, code, codes, upright) {
    const { el, label, share } = bar;
    const [before, after] = [bars.before[code], bars.after[code]];
    const scale = upright ? 1 / Math.max(bars.top, 1e-12) : 1;
    const [low, high] = [String(before * scale), String(after * scale)];
    if (el.style.getPropertyValue("--before") !== low) el.style.setProperty("--before", low);
    if (el.style.getPropertyValue("--after") !== high) el.style.setProperty("--after", high);
    setAttribute(el, "aria-selected", String(codes.has(code)));
    setAttribute(el, "aria-label", this.words(bars, code));
    if (upright) return;
    setText(label, bars.labels[code]);
    setAttribute(label, "title", bars.labels[code]);
    setText(share, shareText(after));
  }
  words(bars, code) {
    const [before, after] = [bars.before[code], bars.after[code]].map(shareText);
    return `${bars.labels[code]}: ${after}, before ${before}`;
  }
  /** What an upright bar stands for, as its label has no room; else the ends of the axis. */
  tell(code) {
    const bars = this.shownBars;
    if (!bars || this.note.hidden) return;
    const ends = [bars.labels[0], `highest ${shareText(bars.top)}`, bars.labels.at(-1) ?? ""];
    const texts = code >= 0 ? [this.words(bars, code)] : ends;
    const told2 = texts.join("\n");
    if (told2 === this.told) return;
    this.told = told2;
    this.note.replaceChildren(...texts.map((text) => element("span", "", {}, text)));
  }
  placeOf(target) {
    const el = target instanceof Element ? target.closest(".wb-bar") : null;
    return this.bars.findIndex((bar) => bar.el === el);
  }
  click(event) {
    const code = this.placeOf(event.target);
    if (code < 0) return;
    this.at = code;
    this.know(
      event.shiftKey ? extended(this.known, code, this.bars.length) : toggled(this.known, code)
    );
  }
  move(event) {
    const to = stepTo(event.key, this.placeOf(event.target), this.bars.length);
    if (to < 0) return;
    event.preventDefault();
    event.stopPropagation();
    this.at = to;
    reachable(this.bars.map(({ el }) => el), to);
    this.bars[to].el.focus();
  }
};
function shareText(share) {
  if (share > 0 && share < 5e-4) return numberText(share, 2);
  return share.toFixed(3);
}

// src/lib/evidence/curve.ts
var SVG = "http://www.w3.org/2000/svg";
var WIDTH = 200;
var HEIGHT = 56;
var DRAG_PX = 4;
var DIGITS = 3;
var CurveCard = class extends Card {
  plot = element("div", "wb-plot");
  svg = document.createElementNS(SVG, "svg");
  paths = {
    area: path("wb-area"),
    after: path("wb-line-after"),
    before: path("wb-line-before")
  };
  mark = element("div", "wb-mark", { hidden: "" });
  ends = element("div", "wb-card-note");
  input = element("input", "wb-value", { type: "text", placeholder: "value or low..high" });
  told = element("span", "wb-moments");
  range = [0, 1];
  known;
  constructor(column, wishes) {
    super(column, wishes);
    this.svg.setAttribute("viewBox", `0 0 ${WIDTH} ${HEIGHT}`);
    this.svg.setAttribute("preserveAspectRatio", "none");
    this.svg.setAttribute("aria-hidden", "true");
    this.svg.append(...Object.values(this.paths));
    this.plot.append(this.svg, this.mark);
    const line = element("div", "wb-value-line", {}, this.input, this.told);
    this.body.append(this.plot, this.ends, line);
    this.plot.addEventListener("pointerdown", (event) => this.drag(event));
    this.input.addEventListener("change", () => this.typedIn());
    this.input.addEventListener("keydown", (event) => {
      if (event.key === "Enter") this.typedIn();
    });
  }
  show(variable, known) {
    this.known = known;
    this.input.setAttribute("aria-label", `${variable.name}: value or low..high`);
    if (this.input !== this.input.getRootNode().activeElement) {
      this.input.value = typed(known);
      this.input.removeAttribute("aria-invalid");
    }
    this.told.textContent = momentsText(variable, known);
    this.plot.hidden = variable.curve === null;
    this.ends.hidden = variable.curve === null;
    if (variable.curve) this.draw(variable.curve, known);
  }
  draw(curve, known) {
    const { x, before, after } = curve;
    this.range = [x[0], x[x.length - 1]];
    const isKnown = Number.isNaN(after[0]);
    const top = Math.max(...Array.from(before), ...isKnown ? [] : Array.from(after), 1e-300);
    const line = (y) => linePath(x, y, top);
    const changes = isKnown || Array.from(before).some((y, i) => Math.abs(y - after[i]) > top / 500);
    this.paths.before.setAttribute("d", changes ? line(before) : "");
    this.paths.after.setAttribute("d", isKnown ? "" : line(after));
    this.paths.area.setAttribute("d", isKnown ? "" : `${line(after)}L${WIDTH},${HEIGHT}L0,${HEIGHT}Z`);
    const ends = this.range.map((end) => element("span", "", {}, numberText(end)));
    this.ends.replaceChildren(...ends);
    this.showMark(known);
  }
  showMark(known) {
    const span = spanOf(known, this.range);
    this.mark.hidden = span === null;
    if (!span) return;
    const [from, to] = span.map((value) => 100 * this.shareOf(value));
    this.mark.classList.toggle("wb-mark-value", typeof known === "number");
    this.mark.style.left = `${from}%`;
    this.mark.style.width = `${Math.max(0, to - from)}%`;
  }
  shareOf(value) {
    const [low, high] = this.range;
    return Math.min(1, Math.max(0, (value - low) / (high - low)));
  }
  valueAt(clientX) {
    const box = this.plot.getBoundingClientRect();
    const share = Math.min(1, Math.max(0, (clientX - box.left) / box.width));
    const [low, high] = this.range;
    const step = 10 ** (Math.floor(Math.log10(high - low)) - DIGITS + 1);
    return Number((Math.round((low + share * (high - low)) / step) * step).toPrecision(DIGITS + 3));
  }
  drag(down) {
    if (down.button !== 0) return;
    down.preventDefault();
    const start = this.valueAt(down.clientX);
    const knownOf = (event) => {
      const end = this.valueAt(event.clientX);
      const moved = Math.abs(event.clientX - down.clientX) >= DRAG_PX && end !== start;
      return moved ? { low: Math.min(start, end), high: Math.max(start, end) } : start;
    };
    const move = (event) => this.showMark(knownOf(event));
    const up = (event) => {
      this.plot.removeEventListener("pointermove", move);
      const chosen = knownOf(event);
      this.know(this.takesBack(chosen) ? void 0 : chosen);
    };
    this.plot.setPointerCapture(down.pointerId);
    this.plot.addEventListener("pointermove", move);
    this.plot.addEventListener("pointerup", up, { once: true });
  }
  /** A click on what is known already. */
  takesBack(chosen) {
    const span = spanOf(this.known, this.range);
    if (!span || typeof chosen !== "number") return false;
    const reach = 0.03 * (this.range[1] - this.range[0]);
    return chosen >= span[0] - reach && chosen <= span[1] + reach;
  }
  typedIn() {
    const known = parsed(this.input.value);
    this.input.removeAttribute("aria-invalid");
    if (known !== null) {
      this.know(known);
      return;
    }
    this.input.setAttribute("aria-invalid", "true");
    this.told.textContent = "Type a number, or low..high; nothing was changed.";
  }
};
function path(className) {
  const made = document.createElementNS(SVG, "path");
  made.setAttribute("class", className);
  made.setAttribute("vector-effect", "non-scaling-stroke");
  return made;
}
function linePath(x, y, top) {
  const [low, high] = [x[0], x[x.length - 1]];
  const points = Array.from(x, (value, i) => {
    const across = WIDTH * (value - low) / (high - low || 1);
    return `${across.toFixed(2)},${(HEIGHT - 2 - (HEIGHT - 4) * y[i] / top).toFixed(2)}`;
  });
  return `M${points.join("L")}`;
}
function spanOf(known, [low, high]) {
  if (known === void 0 || Array.isArray(known)) return null;
  if (typeof known === "number") return [known, known];
  const ends = known;
  return [Math.max(low, ends.low ?? low), Math.min(high, ends.high ?? high)];
}
function momentsText(variable, known) {
  const told2 = ([mean, deviation]) => `${numberText(mean)} ± ${numberText(deviation)}`;
  const { before, after } = variable.moments;
  if (known !== void 0) return `before ${told2(before)}`;
  const [was, is] = [told2(before), told2(after)];
  return was === is ? is : `${was} → ${is}`;
}

// src/lib/evidence/header.ts
var MOST_CHIPS = 16;
var Header = class {
  constructor(wishes) {
    this.wishes = wishes;
    const value = element("div", "wb-ask-value", { "aria-live": "polite" }, this.number, this.words);
    const line = element("div", "wb-ask-line", {}, value, this.clear);
    this.el.append(this.title, line, this.chips, this.error, key(this.hint));
    this.clear.addEventListener("click", () => this.wishes.clear());
  }
  wishes;
  el = element("div", "wb-ask-head");
  title = element("div", "wb-ask-title");
  number = element("span", "wb-ask-number");
  words = element("span", "wb-ask-words");
  chips = element("div", "wb-chips", { role: "list", "aria-label": "Evidence" });
  clear = element("button", "wb-text-button wb-clear", { type: "button" }, "Clear all");
  error = element("div", "wb-error", { role: "alert", hidden: "" });
  told = "";
  hint = element("span", "wb-key-hint");
  showTitle(text) {
    this.title.textContent = text;
    this.title.hidden = !text;
  }
  showState(state) {
    const { error } = state;
    this.error.hidden = error === void 0;
    const kept = "The picture below still shows the last evidence that could be answered.";
    const texts = error ? [sentence(error.what), error.remedy, kept].filter(Boolean) : [];
    this.error.replaceChildren(...texts.map((text) => element("div", "", {}, text)));
    if (error) {
      [this.number.textContent, this.words.textContent] = ["No answer", ""];
      return;
    }
    const { log_probability: log, n_known: known = 0, n_variables: all = 0 } = state;
    if (log === void 0) return;
    this.number.textContent = known ? `${numberText(log)} nats` : "No evidence";
    this.words.textContent = known ? told(state, log) : `${numberText(all)} variables as the circuit has them`;
  }
  showFindings(findings, answer) {
    const told2 = JSON.stringify([findings, answer?.variables.length]);
    if (told2 === this.told) return;
    this.told = told2;
    const columns = Object.keys(findings).map(Number);
    const chips = columns.slice(0, MOST_CHIPS).map((column) => this.chip(column, findings, answer));
    const more = columns.length - MOST_CHIPS;
    const rest = more > 0 ? [element("span", "wb-more", {}, `+${more} more`)] : [];
    const nothing = element("span", "wb-more", {}, "Click a bar to clamp a value, once more to release it.");
    this.chips.replaceChildren(...columns.length ? [...chips, ...rest] : [nothing]);
    this.clear.disabled = columns.length === 0;
    const has = (kind) => answer?.variables.some((variable) => variable[kind] !== null) ?? false;
    const hints = [has("bars") ? "Shift-click adds a value" : "", has("curve") ? "drag for an interval" : ""];
    this.hint.textContent = hints.filter(Boolean).join("; ");
  }
  chip(column, findings, answer) {
    const variable = answer?.byColumn.get(column);
    const label = (code) => variable?.bars?.labels[code] ?? numberText(code, 6);
    const name = variable?.name ?? `variable ${column}`;
    const text = `${name} = ${wordsOf(findings[String(column)], label)}`;
    const chip = element("button", "wb-chip", { type: "button", title: text, "aria-label": `Release ${text}` }, element("span", "", {}, text), "×");
    chip.addEventListener("click", () => this.wishes.release(column));
    return element("span", "wb-chip-item", { role: "listitem" }, chip);
  }
};
function sentence(text) {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
function told({ is_density: density, n_known: known = 0, n_variables: all = 0 }, log) {
  const what = density ? "log-density of the evidence" : `log-probability of the evidence: ${numberText(Math.exp(log))}`;
  return `${what}; ${known} of ${numberText(all)} variables known`;
}
function key(hint) {
  const entries = [
    ["wb-key-before", "before"],
    ["wb-key-after", "given the evidence"],
    ["wb-key-known", "known"]
  ];
  const items = entries.map(
    ([name, text]) => element("span", "wb-key-item", {}, element("i", name, { "aria-hidden": "true" }), text)
  );
  return element("div", "wb-key", {}, ...items, hint);
}

// src/lib/evidence/order.ts
var MOST_IN_ORDER = 24;
function shown(variables, wanted) {
  const query = wanted.query.trim().toLowerCase();
  const found = query ? variables.filter((variable) => variable.name.toLowerCase().includes(query)) : [...variables];
  if (found.length <= MOST_IN_ORDER && variables.length <= MOST_IN_ORDER) return found;
  const rank = (variable) => {
    const place = wanted.focus.indexOf(variable.column);
    if (place >= 0) return -2 - 1 / (1 + place);
    return wanted.known.has(variable.column) ? -1 : 0;
  };
  const hides = (column) => wanted.hidesKnown && !query && wanted.known.has(column) && !wanted.focus.includes(column);
  return found.filter((variable) => !hides(variable.column)).map((variable) => ({ variable, rank: rank(variable) })).sort((a, b) => a.rank - b.rank || b.variable.change - a.variable.change).slice(0, wanted.most).map(({ variable }) => variable);
}

// src/lib/evidence/outbox.ts
var PATIENCE_MS = 5e3;
var Outbox = class {
  constructor(model) {
    this.model = model;
  }
  model;
  sent = 0;
  waiting = false;
  next = null;
  timer = 0;
  since = 0;
  /** What is known: as last chosen here, or as Python says. */
  get findings() {
    return this.next ?? this.inModel();
  }
  send(findings) {
    if (sameFindings(findings, this.findings)) return;
    this.next = findings;
    if (!this.waiting) this.post();
  }
  /** Python has answered number `seq`; how long that took in ms, or null if it was not ours. */
  answered(seq) {
    if (!this.waiting || seq < this.sent) return null;
    const took = performance.now() - this.since;
    this.rest();
    return took;
  }
  dispose() {
    window.clearTimeout(this.timer);
  }
  post() {
    if (!this.next) return;
    const { seq = 0 } = this.model.get("findings") ?? {};
    const known = this.next;
    [this.sent, this.waiting, this.next, this.since] = [seq + 1, true, null, performance.now()];
    this.timer = window.setTimeout(() => this.rest(), PATIENCE_MS);
    this.model.set("findings", { seq: this.sent, known });
    this.model.save_changes();
  }
  rest() {
    window.clearTimeout(this.timer);
    this.waiting = false;
    this.post();
  }
  inModel() {
    const { known = {} } = this.model.get("findings") ?? {};
    return known;
  }
};

// src/lib/evidence/picture.ts
function pixelColour(palette, share) {
  return rampColour(palette.ordinal, share);
}
function image(shares, height, width, palette, name) {
  const canvas = element("canvas", "wb-image", { role: "img", "aria-label": name, width, height });
  canvas.style.aspectRatio = `${width} / ${height}`;
  const context = canvas.getContext("2d");
  shares.forEach((share, i) => {
    if (!context || share === null || Number.isNaN(share)) return;
    context.fillStyle = pixelColour(palette, share);
    context.fillRect(i % width, Math.floor(i / width), 1, 1);
  });
  return canvas;
}

// src/lib/evidence/pixels.ts
var PixelMap = class {
  constructor(wishes) {
    this.wishes = wishes;
    const after = element("figure", "", {}, element("figcaption", "", {}, "Mean given the evidence"), this.grid);
    const ghost = element("figure", "", {}, element("figcaption", "", {}, "Before"), this.before);
    const paint = element("label", "wb-paint", {}, "Click clamps to", this.brush, this.brushWord);
    this.el.append(element("div", "wb-pixel-pair", {}, after, ghost), this.note, paint);
    this.listen();
  }
  wishes;
  el = element("div", "wb-pixel-part");
  grid = element("div", "wb-pixels", { role: "grid", "aria-label": "Mean value of each pixel given the evidence" });
  before = element("div", "wb-pixels-before");
  note = element("div", "wb-card-note");
  brush = element("input", "wb-brush", { type: "range", min: 0, "aria-label": "Value that a click clamps a pixel to" });
  brushWord = element("output", "wb-brush-word");
  cells = [];
  pixels = null;
  labels = [];
  findings = {};
  palette = null;
  painting = null;
  // true sets, false takes back
  at = 0;
  drawnBefore = "";
  show(pixels, labels, findings, palette) {
    const size = pixels.columns.length;
    [this.pixels, this.findings, this.palette] = [pixels, findings, palette];
    if (this.cells.length !== size) this.build(pixels);
    if (this.labels.length !== labels.length) {
      this.brush.max = String(labels.length - 1);
      this.brush.value = this.brush.max;
    }
    this.labels = labels;
    this.cells.forEach((cell, i) => this.showCell(cell, i));
    reachable(this.cells, this.at);
    this.showBefore(pixels, palette);
    this.showBrush();
    this.tell(-1);
  }
  /** The picture without evidence: the same until the circuit or the colours change. */
  showBefore({ before, height, width }, palette) {
    const drawn = [before.length, palette.surfaces.canvas, ...Array.from(before)].join();
    if (drawn === this.drawnBefore) return;
    this.drawnBefore = drawn;
    const shares = Array.from(before);
    this.before.replaceChildren(image(shares, height, width, palette, "Mean of each pixel before"));
  }
  build({ columns, rows, places, height, width }) {
    this.grid.style.gridTemplateColumns = `repeat(${width}, 1fr)`;
    this.grid.style.aspectRatio = `${width} / ${height}`;
    this.cells = Array.from(columns, (_, i) => {
      const cell = element("button", "wb-pixel", { type: "button", role: "gridcell" });
      cell.style.gridArea = `${rows[i] + 1} / ${places[i] + 1}`;
      return cell;
    });
    this.grid.replaceChildren(...this.cells);
    this.at = 0;
  }
  showCell(cell, i) {
    const { pixels, palette } = this;
    if (!pixels || !palette) return;
    const fill = pixelColour(palette, pixels.after[i] || 0);
    const isKnown = this.findings[String(pixels.columns[i])] !== void 0;
    if (cell.dataset["fill"] !== fill) {
      cell.dataset["fill"] = fill;
      [cell.style.background, cell.style.color] = [fill, inkOn(fill)];
    }
    setAttribute(cell, "aria-selected", String(isKnown));
    setAttribute(cell, "aria-label", this.words(i));
  }
  words(i) {
    const { pixels } = this;
    if (!pixels) return "";
    const top = this.labels.length - 1;
    const known = codesOf(this.findings[String(pixels.columns[i])]);
    const told2 = known.length ? `known: ${known.map((code) => this.labels[code]).join(" or ")}, ` : "";
    const [after, before] = [pixels.after[i], pixels.before[i]].map((s) => (s * top).toFixed(1));
    return `row ${pixels.rows[i]}, column ${pixels.places[i]}: ${told2}mean ${after}, before ${before}`;
  }
  tell(i) {
    const idle = "Click or drag to clamp, again to release; Shift-click to look at a pixel.";
    setText(this.note, i >= 0 ? this.words(i) : idle);
  }
  listen() {
    const { grid } = this;
    grid.addEventListener("pointerdown", (event) => this.begin(event));
    grid.addEventListener("pointerover", (event) => this.over(event));
    grid.addEventListener("pointerleave", () => this.tell(-1));
    grid.addEventListener("focusin", (event) => this.tell(this.placeOf(event.target)));
    grid.addEventListener("click", (event) => {
      if (event.detail === 0) this.press(this.placeOf(event.target), event.shiftKey);
    });
    grid.addEventListener("keydown", (event) => this.key(event));
    window.addEventListener("pointerup", this.end);
    this.brush.addEventListener("input", () => this.showBrush());
  }
  dispose() {
    window.removeEventListener("pointerup", this.end);
  }
  end = () => {
    this.painting = null;
  };
  begin(event) {
    const i = this.placeOf(event.target);
    if (i < 0 || event.button !== 0) return;
    event.target.releasePointerCapture?.(event.pointerId);
    this.press(i, event.shiftKey);
  }
  press(i, only) {
    const { pixels } = this;
    if (i < 0 || !pixels) return;
    this.at = i;
    reachable(this.cells, i);
    if (only) this.wishes.look(pixels.columns[i]);
    if (only) return;
    const codes = codesOf(this.findings[String(pixels.columns[i])]);
    this.painting = !(codes.length === 1 && codes[0] === this.value);
    this.paint(i);
  }
  over(event) {
    const i = this.placeOf(event.target);
    this.tell(i);
    if (i >= 0 && this.painting !== null && event.buttons === 1) this.paint(i);
  }
  paint(i) {
    if (this.pixels) this.wishes.know(this.pixels.columns[i], this.painting ? this.value : void 0);
  }
  key(event) {
    const i = this.placeOf(event.target);
    if (["Delete", "Backspace"].includes(event.key) && i >= 0 && this.pixels) {
      event.preventDefault();
      this.wishes.know(this.pixels.columns[i], void 0);
      return;
    }
    const to = stepTo(event.key, i, this.cells.length, this.pixels?.width ?? 1);
    if (to < 0) return;
    event.preventDefault();
    event.stopPropagation();
    this.at = to;
    reachable(this.cells, to);
    this.cells[to].focus();
  }
  get value() {
    return Number(this.brush.value);
  }
  showBrush() {
    setText(this.brushWord, this.labels[this.value] ?? "");
    const share = this.value / Math.max(1, this.labels.length - 1);
    if (!this.palette) return;
    const fill = pixelColour(this.palette, share);
    this.brushWord.style.background = fill;
    this.brushWord.style.color = inkOn(fill);
  }
  placeOf(target) {
    return this.cells.indexOf(target);
  }
};

// src/lib/evidence/results.ts
var SECONDS = [2, 5, 20, 60, 300];
var SAMPLES = 8;
var Results = class {
  el = element("div", "wb-results");
  best = element("div", "wb-result-body");
  drawn = element("div", "wb-result-body");
  seconds = select("Time cap", SECONDS.map((s) => [String(s), `${s} s`]), "5");
  go = button("Complete");
  halt = button("Stop");
  draw = button(`Draw ${SAMPLES}`);
  seed = element("input", "wb-seed", { type: "number", min: 0, value: 0, step: 1 });
  constructor(wishes) {
    this.halt.hidden = true;
    this.go.addEventListener("click", () => wishes.complete(Number(this.seconds.value)));
    this.halt.addEventListener("click", () => wishes.stop());
    this.draw.addEventListener("click", () => wishes.sample(SAMPLES, Number(this.seed.value) || 0));
    const cap = element("label", "wb-field", {}, "at most", this.seconds);
    const seed = element("label", "wb-field", {}, "seed", this.seed);
    this.el.append(
      part2("Most probable completion", [this.go, this.halt, cap], this.best),
      part2("Samples given the evidence", [this.draw, seed], this.drawn)
    );
  }
  showCompletion(found, look) {
    const running = found.state === "running";
    this.halt.hidden = !running;
    this.go.hidden = running;
    if (!found.state) {
      this.best.replaceChildren();
      return;
    }
    const label = element("span", "wb-result-label", { "data-state": found.state }, LABELS[found.state]);
    const line = element("div", "wb-result-line", { "aria-live": "polite" }, label, boundsText(found));
    const picture = found.row && look.shape ? [pictureOf(found.row, look, "completion")] : [];
    const words = found.words && !look.shape ? [pairs(found.names ?? [], found.words)] : [];
    this.best.replaceChildren(line, ...picture, ...words);
  }
  showSamples(found, look) {
    const rows = found.rows ?? [];
    this.drawn.classList.toggle("wb-stale", found.stale === true);
    if (look.shape) {
      const numbers = rows;
      this.drawn.replaceChildren(
        element("div", "wb-images", {}, ...numbers.map((row, i) => pictureOf(row, look, `sample ${i + 1}`)))
      );
      return;
    }
    this.drawn.replaceChildren(...rows.length ? [table(found.names ?? [], rows)] : []);
  }
};
var LABELS = { running: "searching", stopped: "stopped", exact: "✓ exact", bounded: "bounds" };
function boundsText({ state, low, high, reason, is_density }) {
  const what = is_density ? "log-density" : "log-probability";
  const [lowest, highest] = [low, high].map((end) => end == null ? null : numberText(end, 4));
  const why = reason ? `; ${reason}` : "";
  if (state === "exact") return `${what} ${lowest} nats${why}`;
  if (lowest === null && highest === null) return "no bounds yet";
  if (lowest === null) return `${what} at most ${highest} nats${why}`;
  if (highest === null) return `${what} at least ${lowest} nats${why}`;
  return `${what} of the best in [${lowest}, ${highest}] nats${why}`;
}
function pictureOf(row, { shape, top, palette }, name) {
  const [height, width] = shape ?? [1, row.length];
  const shares = row.map((code) => code === null ? null : code / Math.max(1, top));
  return image(shares, height, width, palette, name);
}
function pairs(names, words) {
  const items = names.map((name, i) => {
    const text = `${name} = ${words[i]}`;
    return element("span", "wb-pair", { title: text }, `${name} = `, element("b", "", {}, words[i]));
  });
  return element("div", "wb-pairs", {}, ...items);
}
function table(names, rows) {
  const head = element("tr", "", {}, ...names.map((name) => element("th", "", { scope: "col", title: name }, name)));
  const lines = rows.map((row) => element("tr", "", {}, ...row.map((word) => element("td", "", { title: word }, word))));
  const made = element("table", "", {}, element("thead", "", {}, head), element("tbody", "", {}, ...lines));
  return element("div", "wb-scroll", { tabindex: 0 }, made);
}
function part2(title, controls, body) {
  const head = element("div", "wb-result-head", {}, element("h3", "", {}, title), ...controls);
  return element("section", "wb-result", { "aria-label": title }, head, body);
}
function button(text) {
  return element("button", "wb-text-button", { type: "button" }, text);
}
function select(name, options, chosen) {
  const made = element("select", "wb-select", { "aria-label": name });
  for (const [value, text] of options) made.append(element("option", "", { value }, text));
  made.value = chosen;
  return made;
}

// src/lib/evidence/panel.ts
var MORE = 24;
var WITH_PICTURE = 12;
var MOST_FOCUSED = 6;
var EvidencePanel = class {
  // columns whose cards keep their places; all anew when empty
  constructor(model, el) {
    this.model = model;
    this.outbox = new Outbox(model);
    const wishes = {
      know: (column, known) => {
        this.order = [];
        this.know(column, known);
      }
    };
    this.header = new Header({
      release: (column) => this.know(column, void 0),
      clear: () => {
        this.order = [];
        this.send({});
      }
    });
    this.badges = new Badges((badge) => this.point(badge));
    this.pixels = new PixelMap({ ...wishes, look: (column) => this.look(column) });
    this.results = new Results({
      complete: (seconds) => emit(model, "complete", { seconds }),
      stop: () => emit(model, "stop"),
      sample: (n, seed) => emit(model, "sample", { n, seed })
    });
    this.assemble();
    el.append(this.root);
    this.connect();
    this.readTheme();
    this.readAll();
  }
  model;
  root = element("div", "wb-view wb-ask", { "data-kind": "evidence" });
  header;
  badges;
  pixels;
  results;
  cards = element("div", "wb-cards");
  tools = element("div", "wb-card-tools");
  search = element("input", "wb-filter", { type: "search", placeholder: "Find a variable", "aria-label": "Find a variable" });
  more = element("button", "wb-text-button", { type: "button" }, "Show more");
  count = element("span", "wb-count");
  empty = element("div", "wb-ask-empty", {}, "No circuit is shown yet.");
  body = element("div", "wb-ask-body");
  outbox;
  cardOf = /* @__PURE__ */ new Map();
  disposers = [];
  answer = null;
  palette = paletteOf("light");
  most = 0;
  order = [];
  dispose() {
    for (const dispose of this.disposers) dispose();
    this.outbox.dispose();
    this.pixels.dispose();
    this.root.remove();
  }
  assemble() {
    const side = element("div", "wb-ask-side", {}, this.pixels.el, this.results.el);
    this.tools.append(this.search, this.count);
    const main = element("div", "wb-ask-main", {}, this.tools, this.cards, this.more);
    this.body.append(side, main);
    this.root.append(this.header.el, this.badges.el, this.empty, this.body);
    this.search.addEventListener("input", () => {
      this.order = [];
      this.showCards();
    });
    this.more.addEventListener("click", () => {
      this.order = [];
      this.most += MORE;
      this.showCards();
    });
  }
  connect() {
    const on = (names, read) => {
      this.disposers.push(watch(this.model, names, read));
    };
    on(["scene", "buffers", "state"], this.soon(() => this.readAnswer()));
    on(["findings", "focus"], this.soon(() => this.showFindings()));
    on(["badges"], () => this.readBadges());
    on(["completion", "samples"], this.soon(() => this.showResults()));
    on(["theme"], () => this.readTheme());
    on(["title"], () => this.readTitle());
    this.disposers.push(watchHost(() => this.readTheme()));
    const observer = new ResizeObserver(() => this.readTheme());
    observer.observe(this.root);
    this.disposers.push(() => observer.disconnect());
  }
  /** Once for fields that change together: hosts report them one by one. */
  soon(read) {
    let waits = false;
    return () => {
      if (waits) return;
      waits = true;
      queueMicrotask(() => {
        waits = false;
        read();
      });
    };
  }
  readAll() {
    this.readTitle();
    this.readBadges();
    this.readAnswer();
  }
  // What comes from Python
  readAnswer() {
    const state = this.model.get("state") ?? {};
    const answer = decodeAnswer(this.model.get("scene"), bytesOf(this.model.get("buffers")));
    if (answer && answer.revision !== this.answer?.revision) {
      if (!this.answer || this.answer.variables.length !== answer.variables.length) this.order = [];
      if (!this.answer) this.most = answer.pixels ? WITH_PICTURE : MOST_IN_ORDER;
      this.answer = answer;
      this.showResults();
    }
    const has = this.answer !== null;
    this.empty.hidden = has;
    this.body.hidden = this.header.el.hidden = !has;
    this.root.classList.toggle("wb-stale-answer", state.error !== void 0);
    this.header.showState(state);
    this.showFindings();
    if (state.seq !== void 0 && (answer || state.error)) this.measure(state.seq);
  }
  /** From a click to its answer drawn, in ms, where a reader or a test may look it up. */
  measure(seq) {
    const begun = performance.now();
    const took = this.outbox.answered(seq);
    if (took === null) return;
    requestAnimationFrame(() => {
      const drawn = took + performance.now() - begun;
      this.root.dataset["answered"] = String(seq);
      this.root.dataset["answerMs"] = drawn.toFixed(1);
    });
  }
  readBadges() {
    this.badges.show(this.model.get("badges") ?? []);
  }
  readTitle() {
    this.header.showTitle(String(this.model.get("title") ?? ""));
  }
  readTheme() {
    const theme = resolve(this.model.get("theme"), this.root);
    if (theme === this.root.dataset["theme"]) return;
    this.root.dataset["theme"] = theme;
    this.palette = paletteOf(theme);
    for (const [name, value] of Object.entries(cssVariables(this.palette))) {
      this.root.style.setProperty(name, value);
    }
    this.root.style.setProperty("--wb-after", this.palette.hues[0].colour);
    this.root.style.colorScheme = theme;
    this.showFindings();
    this.showResults();
  }
  // What goes to Python
  know(column, known) {
    this.send(withKnown(this.outbox.findings, column, known));
  }
  send(findings) {
    this.outbox.send(findings);
    this.showFindings();
  }
  look(column) {
    this.order = [];
    const others = this.focus.filter((other) => other !== column);
    save(this.model, "focus", [column, ...others].slice(0, MOST_FOCUSED));
  }
  point({ name, nodes }) {
    emit(this.model, "witness", { name, nodes });
  }
  // Drawing
  get focus() {
    return this.model.get("focus") ?? [];
  }
  showFindings() {
    const { answer } = this;
    if (!answer) return;
    const { findings } = this.outbox;
    this.header.showFindings(findings, answer);
    this.pixels.el.hidden = answer.pixels === null;
    this.root.classList.toggle("wb-with-pixels", answer.pixels !== null);
    if (answer.pixels) this.pixels.show(answer.pixels, this.pixelLabels(), findings, this.palette);
    this.showCards();
  }
  pixelLabels() {
    return this.answer?.variables[0]?.bars?.labels ?? [];
  }
  showCards() {
    const { answer } = this;
    if (!answer) return;
    const { findings } = this.outbox;
    const wanted = {
      focus: this.focus,
      known: new Set(Object.keys(findings).map(Number)),
      hidesKnown: answer.pixels !== null,
      query: this.search.value,
      most: this.most
    };
    const found = this.inPlace(answer) ?? shown(answer.variables, wanted);
    const all = answer.variables.length;
    this.tools.hidden = all <= MOST_IN_ORDER;
    this.count.textContent = found.length ? `${found.length} of ${all}: looked at, ${answer.pixels ? "" : "known, "}then most changed` : `0 of ${all} variables match “${this.search.value}”`;
    this.more.hidden = found.length < this.most || all <= MOST_IN_ORDER;
    const cards = found.map((variable) => this.cardFor(variable, findings));
    const before = [...this.cards.children];
    const same = before.length === cards.length && cards.every((card, i) => card.el === before[i]);
    if (!same) this.cards.replaceChildren(...cards.map(({ el }) => el));
  }
  /** The cards as they stand while their own bars are clicked: nothing moves under the pointer. */
  inPlace({ byColumn }) {
    const kept = this.order.map((column) => byColumn.get(column));
    return kept.length && kept.every((variable) => variable !== void 0) ? kept : null;
  }
  cardFor(variable, findings) {
    const { column } = variable;
    let card = this.cardOf.get(column);
    if (!card) {
      const kind = variable.bars ? BarsCard : CurveCard;
      card = new kind(column, {
        know: (at, known) => {
          this.order = this.columnsShown();
          this.know(at, known);
        }
      });
      this.cardOf.set(column, card);
    }
    card.update(variable, findings[String(column)]);
    return card;
  }
  columnsShown() {
    return [...this.cards.children].map((el) => Number(el.dataset["column"]));
  }
  showResults() {
    const { pixels } = this.answer ?? {};
    const look = {
      shape: pixels ? [pixels.height, pixels.width] : null,
      top: this.pixelLabels().length - 1,
      palette: this.palette
    };
    this.results.showCompletion(this.model.get("completion") ?? {}, look);
    this.results.showSamples(this.model.get("samples") ?? {}, look);
  }
};

// src/evidence_panel.ts
var evidence_panel_default = {
  render({ model, el }) {
    const panel = new EvidencePanel(model, el);
    return () => panel.dispose();
  }
};
export {
  evidence_panel_default as default
};
