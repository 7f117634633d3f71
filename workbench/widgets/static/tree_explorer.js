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
function quantityText(value, unit, digits = 3) {
  const text = numberText(value, digits);
  return unit && !Number.isNaN(value) ? `${text} ${unit}` : text;
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

// src/lib/scene.ts
var VERSION = 1;
var BETWEEN_NAMES = ", ";
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
function decode(header, bytes) {
  const read = tablesOf(header, bytes);
  return read && assemble(header, read("nodes"), read("edges"), read("bends"));
}
function assemble(header, nodes, edges, bends) {
  const source = edges.numbers["source"] ?? new Int32Array(0);
  const target = edges.numbers["target"] ?? new Int32Array(0);
  const x = nodes.numbers["x"];
  const y = nodes.numbers["y"];
  const ids = nodes.numbers["id"];
  return {
    header,
    n: nodes.n,
    nodes,
    edges,
    x,
    y,
    ids,
    source,
    target,
    below: incidence(source, nodes.n),
    above: incidence(target, nodes.n),
    bendStarts: starts(bends.numbers["edge"] ?? new Int32Array(0), edges.n),
    bendX: bends.numbers["x"] ?? new Float32Array(0),
    bendY: bends.numbers["y"] ?? new Float32Array(0),
    bounds: boundsOf(x, y),
    rowOf: new Map(Array.from(ids, (id, row) => [id, row]))
  };
}
function readTable(header, buffer) {
  const table = { n: header?.n_rows ?? 0, numbers: {}, words: {} };
  for (const [name, column] of Object.entries(header?.columns ?? {})) {
    const values = readArray(column, buffer);
    if (column.texts) {
      table.words[name] = { codes: values, texts: readTexts(column.texts, buffer) };
    } else {
      table.numbers[name] = values;
    }
  }
  return table;
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
function incidence(ends, n) {
  const offsets = new Int32Array(n + 1);
  for (const end of ends) offsets[end + 1] += 1;
  for (let i = 0; i < n; i++) offsets[i + 1] += offsets[i];
  const next = offsets.slice();
  const edges = new Int32Array(ends.length);
  for (let edge = 0; edge < ends.length; edge++) edges[next[ends[edge]]++] = edge;
  return { offsets, edges };
}
function starts(sorted, n) {
  const counts = new Int32Array(n + 1);
  for (const group of sorted) counts[group + 1] += 1;
  for (let i = 0; i < n; i++) counts[i + 1] += counts[i];
  return counts;
}
function boundsOf(x, y) {
  const bounds = { left: 0, top: 0, right: 0, bottom: 0 };
  if (x.length === 0) return bounds;
  [bounds.left, bounds.right] = range(x);
  [bounds.top, bounds.bottom] = range(y);
  return bounds;
}
function range(values) {
  let low = Infinity;
  let high = -Infinity;
  for (let i = 0; i < values.length; i++) {
    if (values[i] < low) low = values[i];
    if (values[i] > high) high = values[i];
  }
  return [low, high];
}
function textOf(table, name, row) {
  const words = table.words[name];
  return words ? words.texts[words.codes[row]] : "";
}
function* edgesOf(group, node) {
  for (let i = group.offsets[node]; i < group.offsets[node + 1]; i++) yield group.edges[i];
}

// src/lib/describe.ts
function distinct(rows) {
  const names = rows.map(([name]) => name);
  return rows.filter(([name], place) => names.indexOf(name) === place);
}
function summaryOf(title, scene) {
  const size = scene ? `${numberText(scene.n)} nodes, ${numberText(scene.edges.n)} edges` : "empty";
  const help = "Arrow keys move along edges, F fits, slash searches, T opens a table.";
  return `${title}: ${size}. ${help}`;
}
function measureRow(scene, row) {
  const encoding = scene.header.encodings["colour"];
  if (!encoding || encoding.scale === "nominal") return [];
  const value = scene.nodes.numbers[encoding.column]?.[row] ?? NaN;
  const rank = scene.nodes.numbers["rank"]?.[row] ?? 0;
  const shown = [encoding.label, quantityText(value, encoding.unit)];
  return rank > 0 ? [shown, ["rank", `${numberText(rank)} of ${numberText(scene.n)}`]] : [shown];
}
function childrenRow(scene, row) {
  const count = scene.below.offsets[row + 1] - scene.below.offsets[row];
  if (!count) return [];
  const weight = scene.edges.numbers["weight"];
  let best = -1;
  for (const edge of edgesOf(scene.below, row)) {
    if (weight?.[edge] >= 0 && (best < 0 || weight[edge] > weight[best])) best = edge;
  }
  const heaviest2 = best < 0 ? "" : `  heaviest ${numberText(weight[best])} → ${scene.ids[scene.target[best]]}`;
  return [["children", numberText(count) + heaviest2]];
}
function numberRow(scene, row, column, name, unit = "") {
  const value = scene.nodes.numbers[column]?.[row] ?? NaN;
  return Number.isNaN(value) ? [] : [[name, quantityText(value, unit)]];
}

// src/lib/camera.ts
var NEAREST = 160;
var FARTHEST = 1e-3;
var MARGIN_UNITS = 0.8;
function toScreen(camera, size, point) {
  return {
    x: (point.x - camera.x) * camera.zoom + size.width / 2,
    y: (point.y - camera.y) * camera.zoom + size.height / 2
  };
}
function toLayout(camera, size, point) {
  return {
    x: (point.x - size.width / 2) / camera.zoom + camera.x,
    y: (point.y - size.height / 2) / camera.zoom + camera.y
  };
}
function pan(camera, dx, dy) {
  return { ...camera, x: camera.x - dx / camera.zoom, y: camera.y - dy / camera.zoom };
}
function zoomAt(camera, size, at, factor) {
  const zoom = Math.min(NEAREST, Math.max(FARTHEST, camera.zoom * factor));
  const held = toLayout(camera, size, at);
  return {
    x: held.x - (at.x - size.width / 2) / zoom,
    y: held.y - (at.y - size.height / 2) / zoom,
    zoom
  };
}
function fit(bounds, size, most, padding) {
  const width = bounds.right - bounds.left + 2 * MARGIN_UNITS;
  const height = bounds.bottom - bounds.top + 2 * MARGIN_UNITS;
  const free = {
    width: Math.max(size.width - padding.left - padding.right, 16),
    height: Math.max(size.height - padding.top - padding.bottom, 16)
  };
  const zoom = Math.max(FARTHEST, Math.min(most, free.width / width, free.height / height));
  return {
    x: (bounds.left + bounds.right + (padding.right - padding.left) / zoom) / 2,
    y: (bounds.top + bounds.bottom + (padding.bottom - padding.top) / zoom) / 2,
    zoom
  };
}
function between(from, to, share) {
  const eased = 1 - (1 - share) ** 3;
  return {
    x: from.x + (to.x - from.x) * eased,
    y: from.y + (to.y - from.y) * eased,
    zoom: from.zoom * (to.zoom / from.zoom) ** eased
  };
}
function inView(camera, size, margin) {
  const corner = toLayout(camera, size, { x: -margin, y: -margin });
  const other = toLayout(camera, size, { x: size.width + margin, y: size.height + margin });
  return { left: corner.x, top: corner.y, right: other.x, bottom: other.y };
}

// src/lib/dom.ts
function element(name, className = "", attributes = {}, ...children) {
  const made = document.createElement(name);
  if (className) made.className = className;
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, String(value));
  made.append(...children);
  return made;
}
var SVG = "http://www.w3.org/2000/svg";
var ICONS = {
  fit: "M3 7V3h4M13 3h4v4M17 13v4h-4M7 17H3v-4",
  plus: "M10 4v12M4 10h12",
  minus: "M4 10h12",
  search: "M9 3a6 6 0 1 0 0 12A6 6 0 0 0 9 3M13.5 13.5L17 17",
  table: "M3 4h14v12H3zM3 8h14M3 12h14M9 4v12",
  full: "M12 3h5v5M17 3l-6 6M8 17H3v-5M3 17l6-6",
  close: "M5 5l10 10M15 5L5 15"
};
function iconButton(icon, name, action) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 20 20");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", ICONS[icon]);
  svg.append(path);
  const button = element("button", "wb-button", { type: "button", "aria-label": name, title: name });
  button.append(svg);
  button.addEventListener("click", action);
  return button;
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
var STYLE = style_default;
var GLYPHS = style_default.glyphs;
var RINGS = style_default.rings;
var GLYPH_DIAMETER = 0.6;
var PLAIN = {
  label: "node",
  shape: "circle",
  mark: "",
  fill: "none",
  line: "edge",
  dash: "solid",
  hue: -1,
  scale: 1
};
function glyphOf(name) {
  return GLYPHS[name] ?? PLAIN;
}
function paletteOf(theme) {
  return style_default.palettes[theme];
}
function lineColour(palette, line, hue) {
  if (line === "hue" && hue >= 0) return palette.hues[hue].colour;
  const named = { ...palette.surfaces, ...palette.states };
  return named[line] ?? palette.surfaces.edge;
}
function channels(colour) {
  return [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));
}
function rampColour(ramp2, share, from = 0) {
  const place = from + Math.min(1, Math.max(0, share)) * (ramp2.length - 1 - from);
  const low = Math.min(Math.floor(place), ramp2.length - 2);
  const start = channels(ramp2[low]);
  const stop = channels(ramp2[low + 1]);
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

// src/lib/glyphs.ts
var circle = (path, x, y, r) => {
  path.moveTo(x + r, y);
  path.arc(x, y, r, 0, 2 * Math.PI);
};
var square = (path, x, y, r) => {
  path.roundRect(x - r, y - r, 2 * r, 2 * r, STYLE.nodes.corner_px * r / 10);
};
var cup = (path, x, y, r) => {
  path.moveTo(x - r, y - r);
  path.lineTo(x + r, y - r);
  path.lineTo(x + r, y);
  path.arc(x, y, r, 0, Math.PI);
  path.closePath();
};
var hexagon = (path, x, y, r) => {
  polygon(path, x, y, [
    [-1.1 * r, 0],
    [-0.55 * r, -r],
    [0.55 * r, -r],
    [1.1 * r, 0],
    [0.55 * r, r],
    [-0.55 * r, r]
  ]);
};
var rectangle = (path, x, y, r) => {
  path.roundRect(x - r, y - 0.7 * r, 2 * r, 1.4 * r, 0.25 * r);
};
var diamond = (path, x, y, r) => {
  polygon(path, x, y, [
    [0, -r],
    [r, 0],
    [0, r],
    [-r, 0]
  ]);
};
var triangle = (path, x, y, r) => {
  polygon(path, x, y, [
    [-r, 0],
    [0.9 * r, -r],
    [0.9 * r, r]
  ]);
};
function polygon(path, x, y, corners) {
  corners.forEach(([dx, dy], i) => i ? path.lineTo(x + dx, y + dy) : path.moveTo(x + dx, y + dy));
  path.closePath();
}
var SHAPES = {
  circle,
  square,
  cup,
  hexagon,
  rectangle,
  diamond,
  triangle
};
var lines = (...strokes) => (path, x, y, r) => {
  for (const [x1, y1, x2, y2] of strokes) {
    path.moveTo(x + x1 * r, y + y1 * r);
    path.lineTo(x + x2 * r, y + y2 * r);
  }
};
var bell = (path, x, y, r) => {
  path.moveTo(x - 0.62 * r, y + 0.25 * r);
  path.bezierCurveTo(x - 0.2 * r, y + 0.2 * r, x - 0.25 * r, y - 0.5 * r, x, y - 0.5 * r);
  path.bezierCurveTo(x + 0.25 * r, y - 0.5 * r, x + 0.2 * r, y + 0.2 * r, x + 0.62 * r, y + 0.25 * r);
};
var tick = (path, x, y, r) => {
  path.moveTo(x - 0.42 * r, y + 0.02 * r);
  path.lineTo(x - 0.1 * r, y + 0.34 * r);
  path.lineTo(x + 0.44 * r, y - 0.32 * r);
};
var integral = (path, x, y, r) => {
  path.moveTo(x + 0.3 * r, y - 0.48 * r);
  path.bezierCurveTo(x + 0.1 * r, y - 0.75 * r, x, y - 0.5 * r, x, y - 0.1 * r);
  path.bezierCurveTo(x, y + 0.5 * r, x - 0.1 * r, y + 0.75 * r, x - 0.3 * r, y + 0.48 * r);
};
var MARKS = {
  "+": lines([-0.44, 0, 0.44, 0], [0, -0.44, 0, 0.44]),
  "×": lines([-0.33, -0.33, 0.33, 0.33], [0.33, -0.33, -0.33, 0.33]),
  "∫": integral,
  bell,
  bars: lines([-0.25, 0.35, -0.25, -0.45], [0.25, 0.35, 0.25, -0.1]),
  comb: lines([-0.5, 0.25, -0.5, -0.1], [-0.17, 0.35, -0.17, -0.5], [0.17, 0.35, 0.17, -0.25], [0.5, 0.25, 0.5, 0]),
  tick,
  cross: lines([-0.36, -0.36, 0.36, 0.36], [0.36, -0.36, -0.36, 0.36]),
  chevron: lines([-0.3, -0.15, 0, 0.2], [0, 0.2, 0.3, -0.15])
};
var DASHES = { dashed: [3, 2.5], dotted: [1.2, 2] };
function dashOf(name) {
  return DASHES[name] ?? [];
}

// src/lib/painter.ts
var LARGEST_RADIUS = 20;
var SMALLEST_DOT = 1.5;
var DENSITY_FROM = 1500;
var EDGES_AT_REST = 24e3;
var EDGES_MOVING = 3e3;
var EDGES_PER_STROKE = 256;
var MARGIN_PX = 48;
var DENSITY_CELL_PX = 2;
var LABEL_ROOM_PX = 14;
var LABEL_GAP_PX = 5;
var LABEL_MOST_PX = 13;
var CLOSEST_SIDEWAYS = { down: 1, right: 1.2 };
var SEAM_PX = 0.5;
function glyphPx(frame) {
  return Math.min(GLYPH_DIAMETER * frame.camera.zoom, 2 * LARGEST_RADIUS);
}
function radiusOf(frame, row, scale = 1) {
  const size = frame.scene.nodes.numbers["size"]?.[row] ?? 1;
  return Math.max(glyphPx(frame) / 2 * size * scale, SMALLEST_DOT);
}
function screenX(frame, x) {
  return (x - frame.camera.x) * frame.camera.zoom + frame.size.width / 2;
}
function screenY(frame, y) {
  return (y - frame.camera.y) * frame.camera.zoom + frame.size.height / 2;
}
function paint(context, frame) {
  const { size, palette } = frame;
  context.fillStyle = palette.surfaces.canvas;
  context.fillRect(0, 0, size.width, size.height);
  const visible = inView(frame.camera, size, MARGIN_PX);
  paintEdges(context, frame, visible);
  if (isDensity(frame)) paintDensity(context, frame, visible);
  else paintNodes(context, frame, visible);
  if (!frame.moving || frame.scene.n < 2e3) paintLabels(context, frame, visible);
}
function isDensity(frame) {
  return glyphPx(frame) < STYLE.detail.dots && frame.scene.n >= DENSITY_FROM;
}
function dotColour(frame, look) {
  return look.fill === frame.palette.surfaces.canvas ? look.outline : look.fill;
}
function paintEdges(context, frame, visible) {
  const total = frame.scene.edges.n;
  const most = frame.moving ? EDGES_MOVING : EDGES_AT_REST;
  const inside = visibleEdges(frame, visible);
  const step = Math.max(1, Math.ceil(inside / most));
  const thin = Math.min(1, Math.max(thinnest(total), glyphPx(frame) / STYLE.nodes.circuit_px));
  for (const stroke of frame.strokes) {
    context.strokeStyle = stroke.path ? frame.palette.surfaces.text : frame.palette.surfaces.edge;
    context.lineWidth = lineWidth(frame, stroke, thin);
    context.setLineDash(stroke.dashed ? [4, 3] : []);
    const dense = total > 4e3 && glyphPx(frame) < STYLE.detail.shapes ? 0.6 : 1;
    for (const faint of frame.faded ? [true, false] : [false]) {
      context.globalAlpha = stroke.opacity * dense * (faint ? STYLE.edges.faded_opacity : 1);
      strokeEdges(context, frame, visible, stroke, stroke.path ? 1 : step, faint);
    }
  }
  context.globalAlpha = 1;
  context.setLineDash([]);
  if (glyphPx(frame) >= STYLE.edges.arrow_from_px - 0.5) paintArrows(context, frame, visible);
}
function lineWidth(frame, stroke, thin) {
  if (stroke.path) return Math.max(1.5, stroke.width * thin);
  const base = Math.min(stroke.width, STYLE.edges.plain_px);
  const shrunk = Math.min(1, glyphPx(frame) / STYLE.nodes.circuit_px);
  return base * thin + (stroke.width - base) * shrunk;
}
function thinnest(nEdges) {
  return Math.max(0.35, Math.min(0.9, 900 / nEdges));
}
function visibleEdges(frame, visible) {
  if (frame.scene.edges.n <= EDGES_MOVING) return frame.scene.edges.n;
  let count = 0;
  for (let edge = 0; edge < frame.scene.edges.n; edge++) {
    if (edgeInside(frame.scene, edge, visible)) count += 1;
  }
  return count;
}
function strokeEdges(context, frame, visible, stroke, step, faint) {
  const { scene, faded } = frame;
  let waiting = 0;
  context.beginPath();
  for (let i = 0; i < stroke.edges.length; i += step) {
    const edge = stroke.edges[i];
    if (!edgeInside(scene, edge, visible)) continue;
    if (faded && isFaint(scene, faded, edge) !== faint) continue;
    traceEdge(context, frame, edge);
    if (++waiting === EDGES_PER_STROKE) {
      context.stroke();
      context.beginPath();
      waiting = 0;
    }
  }
  context.stroke();
}
function isFaint(scene, faded, edge) {
  return faded[scene.source[edge]] + faded[scene.target[edge]] > 0;
}
function edgeInside(scene, edge, visible) {
  const a = scene.source[edge];
  const b = scene.target[edge];
  const { x, y } = scene;
  return Math.max(x[a], x[b]) >= visible.left && Math.min(x[a], x[b]) <= visible.right && Math.max(y[a], y[b]) >= visible.top && Math.min(y[a], y[b]) <= visible.bottom;
}
function traceEdge(context, frame, edge) {
  const { scene } = frame;
  const a = scene.source[edge];
  const b = scene.target[edge];
  let x = screenX(frame, scene.x[a]) + edgeStart(context, frame, a);
  let y = screenY(frame, scene.y[a]);
  context.moveTo(x, y);
  for (let i = scene.bendStarts[edge]; i < scene.bendStarts[edge + 1]; i++) {
    [x, y] = tracePiece(context, frame, x, y, scene.bendX[i], scene.bendY[i]);
  }
  tracePiece(context, frame, x, y, scene.x[b], scene.y[b]);
}
function tracePiece(context, frame, x, y, layoutX, layoutY) {
  const toX = screenX(frame, layoutX);
  const toY = screenY(frame, layoutY);
  if (glyphPx(frame) < STYLE.detail.shapes && frame.scene.edges.n > EDGES_MOVING) {
    context.lineTo(toX, toY);
  } else if (frame.direction === "down") {
    const middle = (y + toY) / 2;
    context.bezierCurveTo(x, middle, toX, middle, toX, toY);
  } else {
    const middle = (x + toX) / 2;
    context.bezierCurveTo(middle, y, middle, toY, toX, toY);
  }
  return [toX, toY];
}
function edgeStart(context, frame, row) {
  if (!labelsBeside(frame) || !labelsFit(frame)) return 0;
  const text = textOf(frame.scene.nodes, "label", row);
  return text ? radiusOf(frame, row) + LABEL_GAP_PX + textWidth(context, frame, text) + 4 : 0;
}
function paintArrows(context, frame, visible) {
  const { scene, palette } = frame;
  context.fillStyle = palette.surfaces.edge;
  context.beginPath();
  for (let edge = 0; edge < scene.edges.n; edge++) {
    const b = scene.target[edge];
    if (!edgeInside(scene, edge, visible)) continue;
    const r = radiusOf(frame, b) + 1;
    const x = screenX(frame, scene.x[b]);
    const y = screenY(frame, scene.y[b]);
    if (frame.direction === "down") traceArrow(context, x, y - r, 0, 1);
    else traceArrow(context, x - r, y, 1, 0);
  }
  context.fill();
}
function traceArrow(context, x, y, dx, dy) {
  const [long, wide] = [7, 3.2];
  context.moveTo(x, y);
  context.lineTo(x - dx * long - dy * wide, y - dy * long - dx * wide);
  context.lineTo(x - dx * long + dy * wide, y - dy * long + dx * wide);
  context.closePath();
}
function paintNodes(context, frame, visible) {
  for (const faint of frame.faded ? [true, false] : [false]) {
    context.globalAlpha = faint ? STYLE.edges.faded_opacity : 1;
    for (const look of frame.looks) {
      const rows = rowsInView(frame, look, visible, faint);
      if (rows.length) paintLook(context, frame, look, rows);
    }
    paintRings(context, frame, visible, faint);
  }
  context.globalAlpha = 1;
}
function rowsInView(frame, look, visible, faint) {
  const { x, y } = frame.scene;
  const rows = [];
  for (const row of look.rows) {
    if (frame.faded && frame.faded[row] === 1 !== faint) continue;
    if (x[row] < visible.left || x[row] > visible.right) continue;
    if (y[row] < visible.top || y[row] > visible.bottom) continue;
    rows.push(row);
  }
  return rows;
}
function paintLook(context, frame, look, rows) {
  const detail = STYLE.detail;
  const px = glyphPx(frame);
  const shape = px < detail.shapes ? SHAPES["circle"] : SHAPES[look.glyph.shape] ?? SHAPES["circle"];
  traceAll(context, frame, look, rows, shape);
  context.fillStyle = px < detail.dots ? dotColour(frame, look) : look.fill;
  context.fill();
  if (look.outline !== look.fill && px >= detail.dots) paintOutline(context, look, px);
  const mark = MARKS[look.glyph.mark];
  if (!mark || px < detail.marks * 0.6) return;
  traceAll(context, frame, look, rows, mark);
  context.strokeStyle = look.ink;
  context.lineWidth = Math.max(1.2, px * 0.07);
  context.lineCap = "round";
  context.lineJoin = "round";
  context.stroke();
  context.lineCap = "butt";
}
function paintOutline(context, look, px) {
  context.strokeStyle = look.outline;
  context.lineWidth = px < STYLE.detail.shapes ? 0.75 : 1.25;
  context.setLineDash(px < STYLE.detail.shapes ? [] : dashOf(look.dash));
  context.stroke();
  context.setLineDash([]);
}
function traceAll(context, frame, look, rows, trace) {
  const { x, y } = frame.scene;
  context.beginPath();
  for (const row of rows) {
    const r = radiusOf(frame, row, look.glyph.scale);
    trace(context, screenX(frame, x[row]), screenY(frame, y[row]), r);
  }
}
function paintRings(context, frame, visible, faint) {
  const words = frame.scene.nodes.words["ring"];
  if (!words || glyphPx(frame) < STYLE.detail.shapes) return;
  for (const look of frame.looks) {
    for (const row of rowsInView(frame, look, visible, faint)) {
      const name = words.texts[words.codes[row]];
      if (name) paintRing(context, frame, row, look, name);
    }
  }
}
function paintRing(context, frame, row, look, name) {
  const ring = RINGS[name];
  if (!ring) return;
  const small = Math.min(1, glyphPx(frame) / STYLE.nodes.tree_px);
  const r = radiusOf(frame, row, look.glyph.scale) + (ring.gap_px + ring.width_px / 2) * small - SEAM_PX;
  context.beginPath();
  const shape = SHAPES[look.glyph.shape] ?? SHAPES["circle"];
  shape(context, screenX(frame, frame.scene.x[row]), screenY(frame, frame.scene.y[row]), r);
  context.strokeStyle = lineColour(frame.palette, ring.line, look.glyph.hue);
  context.lineWidth = ring.width_px * small + SEAM_PX;
  context.stroke();
}
function paintDensity(context, frame, visible) {
  for (const look of frame.looks) {
    const counts = densityOf(frame, look, visible);
    const most = Math.max(1, range(Array.from(counts.values()))[1]);
    context.fillStyle = dotColour(frame, look);
    const height = Math.max(2, Math.min(8, glyphPx(frame) * 2));
    for (const [cell, count] of counts) {
      const column = cell % 65536;
      const line = Math.floor(cell / 65536);
      context.globalAlpha = 0.35 + 0.65 * (count / most);
      context.fillRect(column * DENSITY_CELL_PX, line - height / 2, DENSITY_CELL_PX, height);
    }
  }
  context.globalAlpha = 1;
}
function densityOf(frame, look, visible) {
  const counts = /* @__PURE__ */ new Map();
  for (const row of rowsInView(frame, look, visible, false)) {
    const column = Math.floor(screenX(frame, frame.scene.x[row]) / DENSITY_CELL_PX);
    const line = Math.round(screenY(frame, frame.scene.y[row]));
    if (column < 0 || line < 0) continue;
    const cell = line * 65536 + column;
    counts.set(cell, (counts.get(cell) ?? 0) + 1);
  }
  return counts;
}
function labelsBeside(frame) {
  return frame.direction === "right" && frame.scene.header.kind === "tree";
}
function labelsFit(frame) {
  if (labelsBeside(frame)) return labelPx(frame) >= STYLE.detail.label_px;
  return glyphPx(frame) >= STYLE.detail.labels || isGrouped(frame.scene) && glyphPx(frame) >= 13;
}
function labelPx(frame) {
  return Math.min(LABEL_MOST_PX, 0.62 * frame.camera.zoom);
}
function isGrouped(scene) {
  const width = scene.nodes.numbers["width"];
  return width !== void 0 && width.some((value) => value > 1);
}
var widths = /* @__PURE__ */ new Map();
function textWidth(context, frame, text) {
  let width = widths.get(text);
  if (width === void 0) {
    context.font = font(LABEL_MOST_PX);
    width = context.measureText(text).width / LABEL_MOST_PX;
    if (widths.size > 2e4) widths.clear();
    widths.set(text, width);
  }
  return width * labelPx(frame);
}
function font(px) {
  return `${px}px ${STYLE.fonts.text}`;
}
function paintLabels(context, frame, visible) {
  if (!labelsFit(frame)) return;
  const beside = labelsBeside(frame);
  const px = beside ? labelPx(frame) : 11;
  context.font = font(px);
  context.textBaseline = "middle";
  context.textAlign = beside ? "left" : "center";
  for (const faint of frame.faded ? [true, false] : [false]) {
    context.globalAlpha = faint ? STYLE.edges.faded_opacity * 2 : 1;
    for (const look of frame.looks) {
      for (const row of rowsInView(frame, look, visible, faint)) paintLabel(context, frame, row, px);
    }
  }
  context.globalAlpha = 1;
}
function paintLabel(context, frame, row, px) {
  const text = labelThatFits(context, frame, row);
  if (!text) return;
  const r = radiusOf(frame, row);
  let x = screenX(frame, frame.scene.x[row]);
  let y = screenY(frame, frame.scene.y[row]);
  const above = textOf(frame.scene.nodes, "ring", row) === "root";
  const beside = labelsBeside(frame);
  if (beside) x += r + LABEL_GAP_PX;
  else y += (above ? -1 : 1) * (r + px / 2 + LABEL_GAP_PX);
  context.strokeStyle = frame.palette.surfaces.canvas;
  context.lineWidth = 3;
  context.lineJoin = "round";
  context.strokeText(text, x, y);
  context.fillStyle = frame.palette.surfaces[beside ? "text" : "muted"];
  context.fillText(text, x, y);
}
var columnGaps = /* @__PURE__ */ new WeakMap();
function roomBelow(frame) {
  let gap = columnGaps.get(frame.scene);
  if (gap === void 0) {
    const { x, y } = frame.scene;
    const order = Array.from(x.keys()).sort((a, b) => x[a] - x[b] || y[a] - y[b]);
    gap = Infinity;
    for (let i = 1; i < order.length; i += 1) {
      const [before, here] = [order[i - 1], order[i]];
      if (x[before] === x[here]) gap = Math.min(gap, y[here] - y[before]);
    }
    columnGaps.set(frame.scene, gap);
  }
  return gap * frame.camera.zoom - glyphPx(frame);
}
function labelThatFits(context, frame, row) {
  const text = textOf(frame.scene.nodes, "label", row);
  if (labelsBeside(frame)) return text;
  if (frame.direction === "right" && roomBelow(frame) < LABEL_ROOM_PX) return "";
  const free = CLOSEST_SIDEWAYS[frame.direction] * frame.camera.zoom - 4;
  const short = text.slice(text.indexOf(" ") + 1);
  const fits = (words) => context.measureText(words).width <= free;
  return fits(text) ? text : fits(short) ? short : "";
}

// src/lib/tooltip.ts
var OFFSET = 14;
var MOST_ROWS = 6;
var Tooltip = class {
  el = element("div", "wb-tooltip", { role: "tooltip", hidden: "" });
  show(description, at, radius, size, hint) {
    this.el.replaceChildren(
      element("div", "wb-tooltip-title", {}, description.title),
      rowsOf(description.rows.slice(0, MOST_ROWS)),
      element("div", "wb-hint", {}, hint)
    );
    this.el.hidden = false;
    const { offsetWidth: width, offsetHeight: height } = this.el;
    const away = radius + OFFSET;
    const left = at.x + away + width > size.width - 8 ? at.x - away - width : at.x + away;
    const top = Math.min(at.y + away, size.height - height - 8);
    this.el.style.left = `${Math.max(8, left)}px`;
    this.el.style.top = `${Math.max(8, top)}px`;
    this.el.style.maxWidth = `${STYLE.layout.tooltip_width}px`;
  }
  hide() {
    this.el.hidden = true;
  }
};
function rowsOf(rows) {
  const list = element("dl", "wb-rows");
  for (const [name, value] of rows) {
    list.append(element("dt", "", {}, name), element("dd", "", {}, value));
  }
  return list;
}

// src/lib/hover.ts
var Hover = class {
  constructor(picture, stage, describe2, hint) {
    this.picture = picture;
    this.stage = stage;
    this.describe = describe2;
    this.hint = hint;
  }
  picture;
  stage;
  describe;
  hint;
  tooltip = new Tooltip();
  timer = 0;
  /** Shows a row after the delay of the style table; -1 ends at once. */
  over(row) {
    window.clearTimeout(this.timer);
    if (row === this.picture.hover) return;
    if (this.picture.hover >= 0) this.show(-1);
    if (row < 0) return;
    this.timer = window.setTimeout(() => this.show(row), STYLE.layout.tooltip_delay_ms);
  }
  end() {
    window.clearTimeout(this.timer);
    this.show(-1);
  }
  show(row) {
    this.picture.hover = row;
    if (row < 0) this.tooltip.hide();
    else this.showTooltip(row);
    this.stage.draw("marks");
  }
  showTooltip(row) {
    const { scene } = this.picture;
    if (!scene) return;
    const { camera, size } = this.stage;
    const at = toScreen(camera, size, { x: scene.x[row], y: scene.y[row] });
    const radius = radiusOf(this.picture.frame(scene, this.stage, false), row);
    this.tooltip.show(this.describe(scene, row), at, radius, size, this.hint);
  }
};

// src/lib/keyboard.ts
var KEYS = {
  f: "fit",
  "shift+f": "fitSelection",
  "/": "search",
  escape: "close",
  enter: "open",
  e: "expand",
  p: "prune",
  t: "table",
  "ctrl+z": "undo",
  "[": "back",
  "]": "forward",
  "+": "zoomIn",
  "=": "zoomIn",
  "-": "zoomOut"
};
var ARROWS = {
  down: { arrowup: "parent", arrowdown: "child", arrowleft: "previous", arrowright: "next" },
  right: { arrowleft: "parent", arrowright: "child", arrowup: "previous", arrowdown: "next" }
};
function actionOf(event, direction) {
  const key = event.key.toLowerCase();
  const arrow = ARROWS[direction][key];
  if (arrow) return arrow;
  const letter = /^[a-z]$/.test(key);
  const shift = event.shiftKey && letter ? "shift+" : "";
  const ctrl = event.ctrlKey || event.metaKey ? "ctrl+" : "";
  return KEYS[ctrl + shift + key];
}
function levelsOf(scene, direction) {
  const along = direction === "down" ? scene.y : scene.x;
  const across = direction === "down" ? scene.x : scene.y;
  const byPlace = /* @__PURE__ */ new Map();
  for (let row = 0; row < scene.n; row++) {
    const rows = byPlace.get(along[row]);
    if (rows) rows.push(row);
    else byPlace.set(along[row], [row]);
  }
  const levels = { rows: [], place: new Int32Array(scene.n), level: new Int32Array(scene.n) };
  for (const key of Array.from(byPlace.keys()).sort((a, b) => a - b)) {
    const rows = byPlace.get(key).sort((a, b) => across[a] - across[b]);
    rows.forEach((row, place) => {
      levels.place[row] = place;
      levels.level[row] = levels.rows.length;
    });
    levels.rows.push(rows);
  }
  return levels;
}
var heaviest = (scene, edges, end) => {
  const weight = scene.edges.numbers["weight"];
  let best = -1;
  let most = -Infinity;
  for (const edge of edges) {
    const value = weight && weight[edge] >= 0 ? weight[edge] : 0;
    if (value > most) [best, most] = [end[edge], value];
  }
  return best;
};
function stepFrom(scene, levels, row, action) {
  const steps = {
    parent: () => heaviest(scene, edgesOf(scene.above, row), scene.source),
    child: () => heaviest(scene, edgesOf(scene.below, row), scene.target),
    previous: () => levels.rows[levels.level[row]][levels.place[row] - 1] ?? -1,
    next: () => levels.rows[levels.level[row]][levels.place[row] + 1] ?? -1
  };
  const found = steps[action]?.() ?? -1;
  return found < 0 ? row : found;
}
function rootOf(scene) {
  for (let row = 0; row < scene.n; row++) {
    if (scene.above.offsets[row] === scene.above.offsets[row + 1]) return row;
  }
  return 0;
}

// src/lib/hit.ts
function rowAt(scene, camera, size, at, reach) {
  const point = toLayout(camera, size, at);
  const { x, y } = scene;
  let nearest = (reach / camera.zoom) ** 2;
  let found = -1;
  for (let row = 0; row < scene.n; row++) {
    const distance = (x[row] - point.x) ** 2 + (y[row] - point.y) ** 2;
    if (distance <= nearest) {
      nearest = distance;
      found = row;
    }
  }
  return found;
}
function rowsIn(scene, camera, size, a, b) {
  const from = toLayout(camera, size, { x: Math.min(a.x, b.x), y: Math.min(a.y, b.y) });
  const to = toLayout(camera, size, { x: Math.max(a.x, b.x), y: Math.max(a.y, b.y) });
  const rows = [];
  for (let row = 0; row < scene.n; row++) {
    const x = scene.x[row];
    const y = scene.y[row];
    if (x >= from.x && x <= to.x && y >= from.y && y <= to.y) rows.push(row);
  }
  return rows;
}

// src/lib/navigator.ts
var TOOLBAR_PX = 48;
var STEP_TEXT_UNITS = 6;
var Navigator = class {
  constructor(picture, stage, restPx, legend, showLegend) {
    this.picture = picture;
    this.stage = stage;
    this.restPx = restPx;
    this.legend = legend;
    this.showLegend = showLegend;
  }
  picture;
  stage;
  restPx;
  legend;
  showLegend;
  /** Whether the reader, or Python, chose the camera: then it is not fitted again. */
  userMoved = false;
  /** Follows a camera set in Python; cameras written by a view belong to that view alone. */
  follow(given) {
    const camera = given ?? {};
    const { x, y, zoom, view } = camera;
    if (view !== void 0 || x === void 0 || y === void 0 || !zoom) return false;
    this.look({ x, y, zoom });
    return true;
  }
  look(camera) {
    this.userMoved = true;
    this.stage.look(camera);
  }
  zoomBy(factor) {
    const { width, height } = this.stage.size;
    const middle = { x: width / 2, y: height / 2 };
    this.userMoved = true;
    this.stage.fly(zoomAt(this.stage.camera, this.stage.size, middle, factor));
  }
  resized() {
    if (!this.userMoved) this.fitAll(false);
  }
  fitAgain() {
    this.userMoved = false;
    this.fitAll(true);
  }
  /** The whole graph, beside or above the legend where it would hide a node. */
  fitAll(smooth) {
    const { scene, direction } = this.picture;
    if (!scene || !this.stage.size.width) return;
    this.goTo(this.clearOfLegend(scene, withLabels(scene, direction), null), smooth);
  }
  fitRows(rows) {
    const { scene } = this.picture;
    if (!scene) return;
    const bounds = boundsOf2(scene, rows);
    if (bounds.left === Infinity) return;
    this.userMoved = true;
    this.goTo(this.clearOfLegend(scene, bounds, new Set(rows)), true);
  }
  /** The camera that fits `bounds`, moved where the legend would hide one of `rows`. */
  clearOfLegend(scene, bounds, rows) {
    const fitted = (padding2) => fit(bounds, this.stage.size, this.mostZoom(), padding2);
    const padding = this.padding();
    const camera = fitted(padding);
    this.showLegend(camera);
    if (!this.legendHidesNode(scene, camera, rows)) return camera;
    const { offsetWidth, offsetHeight } = this.legend;
    const beside = fitted({ ...padding, left: padding.left + offsetWidth });
    const above = fitted({ ...padding, bottom: padding.bottom + offsetHeight });
    return above.zoom > beside.zoom ? above : beside;
  }
  /** Brings a row into view without changing the zoom, unless glyphs would be dots. */
  reveal(scene, row) {
    const { camera, size } = this.stage;
    const at = toScreen(camera, size, { x: scene.x[row], y: scene.y[row] });
    const large = glyphPx({ camera }) >= STYLE.detail.shapes;
    const inside = at.x > 24 && at.y > 48 && at.x < size.width - 24 && at.y < size.height - 24;
    if (inside && large) return;
    this.userMoved = true;
    const zoom = large ? camera.zoom : this.restPx / GLYPH_DIAMETER;
    this.stage.fly({ x: scene.x[row], y: scene.y[row], zoom });
  }
  padding() {
    const { width, height } = this.stage.size;
    const side = width < 600 || height < 320 ? 8 : 24;
    return { left: side, right: side, top: TOOLBAR_PX, bottom: side };
  }
  legendHidesNode(scene, camera, rows) {
    const { size } = this.stage;
    const { legend } = this;
    if (!rows && legend.offsetWidth > size.width / 3) return false;
    const from = { x: 0, y: legend.offsetTop - 12 };
    const to = { x: legend.offsetLeft + legend.offsetWidth + 12, y: size.height };
    return rowsIn(scene, camera, size, from, to).some((row) => !rows || rows.has(row));
  }
  mostZoom() {
    return this.restPx / GLYPH_DIAMETER * 2;
  }
  goTo(camera, smooth) {
    if (smooth) this.stage.fly(camera);
    else {
      this.stage.camera = camera;
      this.stage.draw("all");
      this.showLegend(camera);
    }
  }
};
function boundsOf2(scene, rows) {
  const bounds = { left: Infinity, top: Infinity, right: -Infinity, bottom: -Infinity };
  for (const row of rows) {
    bounds.left = Math.min(bounds.left, scene.x[row] - 1);
    bounds.right = Math.max(bounds.right, scene.x[row] + 1);
    bounds.top = Math.min(bounds.top, scene.y[row] - 1);
    bounds.bottom = Math.max(bounds.bottom, scene.y[row] + 1);
  }
  return bounds;
}
function withLabels(scene, direction) {
  const { bounds } = scene;
  const beside = labelsBeside({ scene, direction });
  return beside ? { ...bounds, right: bounds.right + STEP_TEXT_UNITS } : bounds;
}

// src/lib/legend.ts
var SWATCH = 16;
var FIRST = ["sum", "product", "leaf", "integral", "frontier", "expanding", "expanded", "solved"];
function placeInLegend(name) {
  const place = FIRST.findIndex((first) => name.startsWith(first));
  return place < 0 ? FIRST.length : place;
}
var Legend = class {
  constructor(toggle) {
    this.toggle = toggle;
    this.el.append(element("summary", "", {}, "Legend"), this.body);
  }
  toggle;
  el = element("details", "wb-legend", { open: "" });
  body = element("div", "wb-legend-body");
  show(entries, hidden, looks, scale, palette) {
    const items = entries.map((entry) => {
      const look = looks.find((candidate) => candidate.name === entry.name);
      return this.item(entry, hidden.has(entry.name), look, scale, palette);
    });
    this.body.replaceChildren(...items, ...scale ? [ramp(scale, palette, looks)] : []);
  }
  item(entry, off, look, scale, palette) {
    const label = glyphOf(entry.name).label;
    const button = element(
      "button",
      "wb-legend-item",
      { type: "button", "aria-pressed": !off, title: `Click: fade. Alt-click: only ${label}.` },
      swatch(look, scale, palette),
      element("span", "", {}, label),
      element("span", "wb-count", {}, numberText(entry.count))
    );
    button.addEventListener("click", (event) => this.toggle(entry.name, event.altKey));
    return button;
  }
};
function swatch(look, scale, palette) {
  const canvas = element("canvas", "wb-swatch", { width: SWATCH * 2, height: SWATCH * 2 });
  const context = canvas.getContext("2d");
  if (!look || !context) return canvas;
  const neutral = scale !== null && ["hue", "ordinal"].includes(look.glyph.fill);
  const shape = SHAPES[look.glyph.shape] ?? SHAPES["circle"];
  context.scale(2, 2);
  const r = 6 * Math.min(1, look.glyph.scale);
  context.beginPath();
  shape(context, SWATCH / 2, SWATCH / 2, r);
  context.fillStyle = neutral ? rampColour(palette.ordinal, 0.5) : look.fill;
  context.fill();
  context.strokeStyle = neutral ? palette.surfaces.edge : look.outline;
  context.setLineDash(neutral ? [] : dashOf(look.dash));
  context.lineWidth = 1;
  context.stroke();
  context.setLineDash([]);
  const mark = MARKS[look.glyph.mark];
  if (!mark) return canvas;
  context.beginPath();
  mark(context, SWATCH / 2, SWATCH / 2, r);
  context.strokeStyle = neutral ? "#ffffff" : look.ink;
  context.lineWidth = 1.3;
  context.stroke();
  return canvas;
}
function ramp(scale, palette, looks) {
  const { label, unit, scale: transform } = scale.encoding;
  const from = looks.some((look) => look.glyph.fill === "ordinal") ? STYLE.detail.ordinal_from : 0;
  const bar = element("div", "wb-ramp");
  const steps = [0, 0.25, 0.5, 0.75, 1].map((share) => rampColour(palette.ordinal, share, from));
  bar.style.background = `linear-gradient(to right, ${steps.join(", ")})`;
  const ends = endsOf(scale).map((text) => element("span", "", {}, text));
  const named = unit && !label.startsWith(unit) ? `${label} (${unit})` : label;
  const name = `${named}: ${transform} scale`;
  return element(
    "div",
    "wb-scale",
    { role: "img", "aria-label": `${name}, ${quantityText(scale.low, unit)} to ${quantityText(scale.high, unit)}` },
    element("div", "wb-scale-name", {}, name),
    bar,
    element("div", "wb-scale-ends", {}, ...ends)
  );
}
function endsOf({ low, middle, high }) {
  const texts = [low, middle, high].map((value) => numberText(value));
  return texts[0] === texts[2] ? [`${texts[0]} throughout`] : texts;
}

// src/lib/searchbox.ts
var SearchBox = class {
  constructor(changed, next, closed) {
    this.changed = changed;
    this.next = next;
    this.closed = closed;
    this.el.append(this.input, this.count, this.clear, iconButton("close", "Close search", closed));
    this.clear.hidden = true;
    this.clear.addEventListener("click", () => this.changed(""));
    this.input.addEventListener("input", () => this.changed(this.input.value));
    this.input.addEventListener("keydown", (event) => this.key(event));
  }
  changed;
  next;
  closed;
  el = element("div", "wb-search", { hidden: "", role: "search" });
  input = element("input", "", {
    type: "text",
    "aria-label": "Search nodes",
    placeholder: "word, kind:sum, scope:x3, flow>0.01",
    spellcheck: "false"
  });
  count = element("span", "wb-count", { role: "status" });
  clear = element("button", "wb-text-button", { type: "button" }, "Clear filter");
  get open() {
    return !this.el.hidden;
  }
  focus() {
    this.el.hidden = false;
    this.input.focus();
    this.input.select();
  }
  hide() {
    this.el.hidden = true;
  }
  show(query, hits, place, total) {
    if (this.input.value !== query) this.input.value = query;
    const found = `${numberText(hits)} of ${numberText(total)}`;
    this.count.textContent = query ? hits && place ? `${place} / ${found}` : found : "";
    this.clear.hidden = !query || hits > 0;
    if (query) this.el.hidden = false;
  }
  key(event) {
    event.stopPropagation();
    if (event.key === "Enter") this.next(event.shiftKey ? -1 : 1);
    if (event.key === "Escape") this.closed();
  }
};

// src/lib/table.ts
var PAGE = 100;
var LEFT_OUT = /* @__PURE__ */ new Set(["x", "y", "size", "ring", "glyph"]);
var NodeTable = class {
  constructor(choose, close) {
    this.choose = choose;
    this.el.append(element("header", "wb-table-head"), element("div", "wb-table-scroll"));
    this.close = close;
  }
  choose;
  el = element("section", "wb-table", { hidden: "", "aria-label": "Nodes as a table" });
  page = 0;
  rows = [];
  scene = null;
  selected = /* @__PURE__ */ new Set();
  close;
  get open() {
    return !this.el.hidden;
  }
  show(scene, rows, selected) {
    if (scene !== this.scene || rows.length !== this.rows.length) this.page = 0;
    [this.scene, this.rows, this.selected] = [scene, rows, selected];
    this.el.hidden = false;
    this.render();
  }
  hide() {
    this.el.hidden = true;
  }
  render() {
    const scene = this.scene;
    if (!scene) return;
    const first = this.page * PAGE;
    const shown = this.rows.slice(first, first + PAGE);
    const [head, scroll] = this.el.children;
    const last = first + shown.length;
    const range2 = `${numberText(shown.length ? first + 1 : 0)} to ${numberText(last)} of ${numberText(this.rows.length)}`;
    head.replaceChildren(
      element("span", "", {}, range2),
      this.turn("Previous", -1, this.page > 0),
      this.turn("Next", 1, last < this.rows.length),
      iconButton("close", "Close the table", this.close)
    );
    const focused = this.focusedRow();
    scroll.replaceChildren(this.table(scene, shown));
    if (focused) scroll.querySelector(`[data-row="${focused}"]`)?.focus();
  }
  /** The line that has the keyboard, so that drawing anew does not take it away. */
  focusedRow() {
    const active = this.el.getRootNode().activeElement;
    return active instanceof HTMLElement && this.el.contains(active) ? active.dataset["row"] : void 0;
  }
  turn(name, by, possible) {
    const button = element("button", "wb-text-button", { type: "button" }, name);
    button.disabled = !possible;
    button.addEventListener("click", () => {
      this.page += by;
      this.render();
    });
    return button;
  }
  table(scene, rows) {
    const columns = columnsOf(scene);
    const heads = columns.map((name) => element("th", "", { scope: "col" }, name.replaceAll("_", " ")));
    const body = element("tbody");
    for (const row of rows) body.append(this.line(scene, columns, row));
    return element("table", "", {}, element("thead", "", {}, element("tr", "", {}, ...heads)), body);
  }
  line(scene, columns, row) {
    const cells = columns.map((name) => element("td", "", {}, cellText(scene, name, row)));
    const selected = this.selected.has(row);
    const line = element("tr", "", { tabindex: 0, "data-row": row, "aria-selected": selected }, ...cells);
    const choose = (event) => this.choose(row, event.shiftKey);
    line.addEventListener("click", choose);
    line.addEventListener("keydown", (event) => {
      if (event.key === "Enter") choose(event);
    });
    return line;
  }
};
function columnsOf(scene) {
  const all = ["id", ...Object.keys(scene.nodes.words), ...Object.keys(scene.nodes.numbers)];
  const nominal = scene.header.encodings["colour"]?.scale === "nominal";
  return [...new Set(all)].filter(
    (name) => !LEFT_OUT.has(name) && !(nominal && (name === "value" || name === "rank"))
  );
}
function cellText(scene, name, row) {
  if (scene.nodes.words[name]) return textOf(scene.nodes, name, row);
  const value = scene.nodes.numbers[name][row];
  return name === "id" ? String(value) : Number.isNaN(value) ? "" : numberText(value, 6);
}

// src/lib/panels.ts
var Panels = class {
  constructor(model, picture, stage, root, wishes) {
    this.model = model;
    this.picture = picture;
    this.stage = stage;
    this.root = root;
    this.wishes = wishes;
    this.legend = new Legend((name, alone) => this.toggleHidden(name, alone));
    this.searchBox = new SearchBox(
      (query) => save(this.model, "filter", query),
      (by) => this.nextHit(by),
      () => this.closeSearch()
    );
    this.table = new NodeTable(
      (row, add) => this.wishes.choose(row, add),
      () => this.toggleTable()
    );
  }
  model;
  picture;
  stage;
  root;
  wishes;
  legend;
  searchBox;
  table;
  hit = -1;
  /** Applies the search text and the hidden glyphs. */
  readFilter(scene) {
    const before = this.picture.hits.length;
    const query = String(this.model.get("filter") ?? "");
    this.picture.filter(scene, query, this.hidden());
    const hits = this.picture.hits.length;
    if (hits !== before) this.hit = -1;
    this.searchBox.show(query, hits, this.hit + 1, scene.n);
    this.showLegend();
    this.refreshTable();
    this.stage.draw("all");
  }
  showLegend(camera = this.stage.camera) {
    const { scene, looks, scale, palette } = this.picture;
    if (!scene) return;
    const visible = inView(camera, this.stage.size, 0);
    const counts = /* @__PURE__ */ new Map();
    for (const look of looks) {
      const count = countInside(scene, look.rows, visible);
      counts.set(look.name, (counts.get(look.name) ?? 0) + count);
    }
    const hidden = this.hidden();
    const entries = Array.from(counts, ([name, count]) => ({ name, count })).filter((entry) => entry.count > 0 || hidden.has(entry.name)).sort((a, b) => placeInLegend(a.name) - placeInLegend(b.name));
    this.legend.show(entries, hidden, looks, scale, palette);
  }
  refreshTable() {
    if (this.table.open) this.showTable();
  }
  toggleTable() {
    if (!this.table.open) {
      this.showTable();
      return;
    }
    this.table.hide();
    this.root.classList.remove("wb-with-table");
    this.wishes.returnFocus();
  }
  /** Closes the table or the search, whichever is open; false when neither is. */
  closeOne() {
    if (this.table.open) this.toggleTable();
    else if (this.searchBox.open || this.picture.hits.length) this.closeSearch();
    else return false;
    return true;
  }
  showTable() {
    const { scene, faded, selected } = this.picture;
    if (!scene) return;
    this.root.classList.add("wb-with-table");
    const rows = Array.from({ length: scene.n }, (_, row) => row);
    this.table.show(scene, faded ? rows.filter((row) => !faded[row]) : rows, selected);
  }
  closeSearch() {
    this.searchBox.hide();
    save(this.model, "filter", "");
    this.wishes.returnFocus();
  }
  nextHit(by) {
    const { hits, scene, query } = this.picture;
    if (!hits.length || !scene) return;
    this.hit = (this.hit + by + hits.length) % hits.length;
    this.wishes.choose(hits[this.hit], false);
    this.searchBox.show(query, hits.length, this.hit + 1, scene.n);
  }
  hidden() {
    return new Set(this.model.get("hidden") ?? []);
  }
  toggleHidden(name, alone) {
    const hidden = new Set(this.hidden());
    if (alone) {
      const names = this.picture.looks.map((look) => look.name);
      const others = new Set(names.filter((other) => other !== name));
      const already = hidden.size === others.size && !hidden.has(name);
      save(this.model, "hidden", already ? [] : [...others]);
      return;
    }
    if (!hidden.delete(name)) hidden.add(name);
    save(this.model, "hidden", [...hidden]);
  }
};
function countInside(scene, rows, visible) {
  let count = 0;
  for (const row of rows) {
    const x = scene.x[row];
    const y = scene.y[row];
    if (x >= visible.left && x <= visible.right && y >= visible.top && y <= visible.bottom) count++;
  }
  return count;
}

// src/lib/looks.ts
var SHADES = 24;
var MISSING = -1;
var UNSCALED = -2;
var SCALES = {
  linear: (values) => {
    const [low, high] = range(values);
    const share = constant(low, high) ? () => 1 : (value) => (value - low) / (high - low);
    return { low, middle: (low + high) / 2, high, share };
  },
  log: (values) => {
    const [low, high] = range(values);
    const span = Math.log(high / low);
    const share = constant(low, high) ? () => 1 : (value) => Math.log(value / low) / span;
    return { low, middle: Math.sqrt(low * high), high, share };
  },
  rank: (values) => {
    const sorted = Float64Array.from(values).sort();
    const last = Math.max(sorted.length - 1, 1);
    const share = (value) => firstAtLeast(sorted, value) / last;
    return { low: sorted[0], middle: sorted[sorted.length >> 1], high: sorted[last], share };
  }
};
function constant(low, high) {
  return high - low <= 1e-9 * Math.max(Math.abs(low), Math.abs(high));
}
function firstAtLeast(sorted, value) {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = low + high >> 1;
    if (sorted[middle] < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
function scaleOf(scene) {
  const encoding = scene.header.encodings["colour"];
  const make = encoding ? SCALES[encoding.scale] : void 0;
  const values = make ? scene.nodes.numbers[encoding.column] : void 0;
  if (!make || !values) return null;
  const known = Float64Array.from(values).filter((value) => Number.isFinite(value));
  return known.length ? { encoding, ...make(known) } : null;
}
function looksOf(scene, palette, scale) {
  const { codes, texts } = scene.nodes.words["glyph"];
  const values = scale ? scene.nodes.numbers[scale.encoding.column] : null;
  const groups = /* @__PURE__ */ new Map();
  for (let row = 0; row < scene.n; row++) {
    const shade = scale && values ? shadeOf(scale, values[row], texts[codes[row]]) : UNSCALED;
    const key = `${codes[row]} ${shade}`;
    const group = groups.get(key);
    if (group) group.push(row);
    else groups.set(key, [row]);
  }
  const looks = Array.from(groups, ([key, rows]) => {
    const [code, shade] = key.split(" ").map(Number);
    return lookOf(texts[code], shade, palette, Int32Array.from(rows));
  });
  return looks.sort((a, b) => b.rows.length - a.rows.length);
}
function shadeOf(scale, value, name) {
  const fill = glyphOf(name).fill;
  if (fill !== "hue" && fill !== "ordinal") return UNSCALED;
  if (!Number.isFinite(value)) return MISSING;
  return Math.round(Math.min(1, Math.max(0, scale.share(value))) * SHADES);
}
function lookOf(name, shade, palette, rows) {
  const glyph = glyphOf(name);
  const look = { name, glyph, dash: glyph.dash, rows };
  if (shade === UNSCALED) return { ...look, ...plainColours(glyph, palette) };
  const outline = palette.surfaces.edge;
  if (shade === MISSING) {
    const { canvas, muted } = palette.surfaces;
    return { ...look, dash: "dotted", fill: canvas, outline, ink: muted };
  }
  const from = glyph.fill === "ordinal" ? STYLE.detail.ordinal_from : 0;
  const fill = rampColour(palette.ordinal, shade / SHADES, from);
  return { ...look, fill, outline, ink: inkOn(fill) };
}
var FILLS = {
  none: (_, palette) => ({ fill: palette.surfaces.canvas, ink: palette.surfaces.muted }),
  ordinal: (_, palette) => ({ fill: palette.surfaces.canvas, ink: palette.surfaces.muted }),
  panel: (_, palette) => ({ fill: palette.surfaces.panel, ink: palette.surfaces.muted }),
  text: (_, palette) => ({ fill: palette.surfaces.text, ink: palette.surfaces.canvas }),
  hue: (glyph, palette) => {
    const hue = palette.hues[glyph.hue];
    return { fill: hue.colour, ink: hue.label };
  },
  solved: (_, palette) => ({ fill: palette.states.solved, ink: palette.states.mark_colour }),
  failed: (_, palette) => ({ fill: palette.states.failed, ink: palette.states.mark_colour })
};
function plainColours(glyph, palette) {
  const outline = lineColour(palette, glyph.line, glyph.hue);
  return { ...FILLS[glyph.fill](glyph, palette), outline };
}

// src/lib/overlay.ts
var HITS_DRAWN = 2e3;
var SMALLEST_RING = 4.5;
function paintMarks(context, frame, marks, lookAt) {
  context.clearRect(0, 0, frame.size.width, frame.size.height);
  const ring = (row, name) => paintRing2(context, frame, row, name, lookAt);
  if (marks.hover >= 0) paintNeighbours(context, frame, marks.hover, lookAt);
  for (const row of marks.hits.slice(0, HITS_DRAWN)) ring(row, "focus");
  for (const row of marks.selected) ring(row, "selected");
  if (marks.focus >= 0 && !marks.selected.has(marks.focus)) ring(marks.focus, "focus");
  if (marks.box) paintBox(context, frame, marks.box);
}
function paintNeighbours(context, frame, row, lookAt) {
  const { scene, palette } = frame;
  const rows = /* @__PURE__ */ new Set([row]);
  context.beginPath();
  for (const group of [scene.below, scene.above]) {
    for (const edge of edgesOf(group, row)) {
      traceEdge(context, frame, edge);
      rows.add(scene.source[edge]).add(scene.target[edge]);
    }
  }
  context.strokeStyle = palette.surfaces.text;
  context.lineWidth = 1;
  context.stroke();
  for (const near of rows) paintGlyph(context, frame, near, lookAt(near));
}
function paintGlyph(context, frame, row, look) {
  const r = radiusOf(frame, row, look.glyph.scale);
  context.beginPath();
  shapeOf(frame, look)(context, screenX(frame, frame.scene.x[row]), screenY(frame, frame.scene.y[row]), r);
  context.fillStyle = look.fill;
  context.fill();
  context.strokeStyle = look.outline;
  context.lineWidth = 1.25;
  context.stroke();
}
function shapeOf(frame, look) {
  const name = glyphPx(frame) < STYLE.detail.shapes ? "circle" : look.glyph.shape;
  return SHAPES[name] ?? SHAPES["circle"];
}
function paintRing2(context, frame, row, name, lookAt) {
  const ring = RINGS[name];
  const look = lookAt(row);
  const r = radiusOf(frame, row, look.glyph.scale) + ring.gap_px + ring.width_px / 2;
  const { x, y } = frame.scene;
  const trace = shapeOf(frame, look);
  context.beginPath();
  trace(context, screenX(frame, x[row]), screenY(frame, y[row]), Math.max(r, SMALLEST_RING) + 1);
  context.strokeStyle = lineColour(frame.palette, ring.line, look.glyph.hue);
  context.lineWidth = ring.width_px;
  context.stroke();
}
function paintBox(context, frame, box) {
  context.strokeStyle = frame.palette.surfaces.accent;
  context.lineWidth = 1;
  context.setLineDash([4, 3]);
  context.strokeRect(box.x + 0.5, box.y + 0.5, box.width, box.height);
  context.setLineDash([]);
  context.globalAlpha = 0.1;
  context.fillStyle = frame.palette.surfaces.accent;
  context.fillRect(box.x, box.y, box.width, box.height);
  context.globalAlpha = 1;
}

// src/lib/search.ts
var COMPARISON = /^([a-z_]+)(>=|<=|>|<|=)(-?[\d.]+(?:e-?\d+)?)$/i;
var MATCH = /^([a-z_]+):(.+)$/i;
var COMPARE = {
  ">": (a, b) => a > b,
  "<": (a, b) => a < b,
  ">=": (a, b) => a >= b,
  "<=": (a, b) => a <= b,
  "=": (a, b) => a === b
};
function search(scene, query) {
  const tests = query.trim().toLowerCase().split(/\s+/).filter(Boolean).map((t) => test(scene, t));
  if (!tests.length) return [];
  const rows = [];
  for (let row = 0; row < scene.n; row++) {
    if (tests.every((holds) => holds(row))) rows.push(row);
  }
  return rows;
}
function test(scene, term) {
  const comparison = COMPARISON.exec(term);
  if (comparison) return compare(scene, comparison[1], comparison[2], Number(comparison[3]));
  const match = MATCH.exec(term);
  if (match) return contains(scene, [match[1]], match[2]);
  return contains(scene, [...Object.keys(scene.nodes.words), "id"], term);
}
function compare(scene, name, sign, limit) {
  const holds = COMPARE[sign];
  const values = numbersOf(scene, name);
  return values ? (row) => holds(values[row], limit) : () => false;
}
function numbersOf(scene, name) {
  const colour = scene.header.encodings["colour"];
  const named = colour?.label.toLowerCase().split(" ").includes(name);
  return scene.nodes.numbers[named ? colour.column : name];
}
function contains(scene, names, text) {
  const tests = names.map((name) => containsIn(scene, name, text));
  return (row) => tests.some((holds) => holds(row));
}
function containsIn(scene, name, text) {
  const words = scene.nodes.words[name];
  if (words) {
    const matching = words.texts.map((words2) => matches(name, words2.toLowerCase(), text));
    return (row) => matching[words.codes[row]];
  }
  const numbers = scene.nodes.numbers[name];
  return numbers ? (row) => String(numbers[row]) === text : () => false;
}
function matches(name, words, text) {
  if (name !== "scope") return words.includes(text);
  return words.split(BETWEEN_NAMES).some((known) => known === text || known.split(" ").includes(text));
}

// src/lib/strokes.ts
var STEPS = 8;
var PLAIN2 = -1;
function strokesOf(scene) {
  const weight = scene.edges.numbers["weight"];
  const dashed = scene.edges.numbers["dashed"];
  const path = scene.edges.numbers["path"];
  const groups = /* @__PURE__ */ new Map();
  for (let edge = 0; edge < scene.edges.n; edge++) {
    const step = weight && weight[edge] >= 0 ? Math.round(Math.min(1, weight[edge]) * STEPS) : PLAIN2;
    const key = (step + 1) * 4 + (dashed?.[edge] ? 1 : 0) + (path?.[edge] ? 2 : 0);
    const group = groups.get(key);
    if (group) group.push(edge);
    else groups.set(key, [edge]);
  }
  return Array.from(groups, ([key, edges]) => strokeOf(key, Int32Array.from(edges))).sort(
    (a, b) => Number(a.path) - Number(b.path) || a.opacity - b.opacity
  );
}
function strokeOf(key, edges) {
  const { plain_px, width_base_px, width_span_px, opacity_base, opacity_span } = STYLE.edges;
  const step = (key >> 2) - 1;
  const share = step / STEPS;
  const shape = { dashed: (key & 1) === 1, path: (key & 2) === 2, edges };
  if (shape.path) return { ...shape, width: STYLE.edges.path_px, opacity: 1 };
  if (step === PLAIN2) return { ...shape, width: plain_px, opacity: 0.6 };
  return {
    ...shape,
    width: width_base_px + width_span_px * share,
    opacity: opacity_base + opacity_span * share
  };
}

// src/lib/picture.ts
var Picture = class {
  scene = null;
  palette = paletteOf("light");
  scale = null;
  looks = [];
  levels = null;
  direction = "down";
  faded = null;
  query = "";
  hits = [];
  selected = /* @__PURE__ */ new Set();
  focus = -1;
  hover = -1;
  box = null;
  lookOf = [];
  strokes = [];
  load(scene) {
    this.scene = scene;
    this.direction = scene.header.encodings["direction"]?.label === "right" ? "right" : "down";
    this.scale = scaleOf(scene);
    this.strokes = strokesOf(scene);
    this.levels = levelsOf(scene, this.direction);
    this.restyle(this.palette);
  }
  restyle(palette) {
    this.palette = palette;
    if (!this.scene) return;
    this.looks = looksOf(this.scene, palette, this.scale);
    this.lookOf = new Array(this.scene.n);
    for (const look of this.looks) for (const row of look.rows) this.lookOf[row] = look;
  }
  /** Fades what the search text does not match, and the hidden glyphs. */
  filter(scene, query, hidden) {
    this.query = query;
    this.hits = search(scene, query);
    this.faded = query || hidden.size ? fadedRows(scene, this.hits, hidden) : null;
  }
  frame(scene, { camera, size }, moving) {
    const { palette, looks, strokes, direction, faded } = this;
    return { scene, camera, size, palette, looks, strokes, direction, faded, moving };
  }
  paint(context, viewpoint, moving) {
    const { width, height } = viewpoint.size;
    if (this.scene) paint(context, this.frame(this.scene, viewpoint, moving));
    else context.clearRect(0, 0, width, height);
  }
  /** The marks; the keyboard's place only where the keyboard is in use. */
  paintMarks(context, viewpoint, keyed) {
    if (!this.scene) return;
    const { selected, hover, box } = this;
    const hits = this.query ? this.hits : [];
    const marks = { selected, hits, focus: keyed ? this.focus : -1, hover, box };
    const frame = this.frame(this.scene, viewpoint, false);
    paintMarks(context, frame, marks, (row) => this.lookOf[row]);
  }
};
function fadedRows(scene, hits, hidden) {
  const faded = new Uint8Array(scene.n);
  if (hits.length) {
    faded.fill(1);
    for (const row of hits) faded[row] = 0;
  }
  const { codes, texts } = scene.nodes.words["glyph"];
  for (let row = 0; row < scene.n; row++) if (hidden.has(texts[codes[row]])) faded[row] = 1;
  return faded;
}

// src/lib/pointer.ts
var CLICK_SLACK_PX = 4;
var WHEEL_SPEED = 16e-4;
function listen(el, actions) {
  const gesture = new Gesture(el, actions);
  const handlers = [
    ["pointerdown", gesture.down],
    ["pointermove", gesture.move],
    ["pointerup", gesture.up],
    ["pointercancel", gesture.cancel],
    ["pointerleave", () => actions.hover(null)],
    ["dblclick", (event) => actions.open(placeOf(el, event))],
    ["wheel", gesture.wheel]
  ];
  for (const [name, handler] of handlers) {
    el.addEventListener(name, handler, { passive: false });
  }
  return () => {
    for (const [name, handler] of handlers) el.removeEventListener(name, handler);
  };
}
function placeOf(el, event) {
  const box = el.getBoundingClientRect();
  return { x: event.clientX - box.left, y: event.clientY - box.top };
}
var Gesture = class {
  constructor(el, actions) {
    this.el = el;
    this.actions = actions;
  }
  el;
  actions;
  touches = /* @__PURE__ */ new Map();
  start = null;
  last = null;
  boxing = false;
  moved = false;
  down = (event) => {
    if (event.button !== 0) return;
    const at = placeOf(this.el, event);
    this.touches.set(event.pointerId, at);
    this.el.setPointerCapture(event.pointerId);
    this.start = this.last = at;
    this.boxing = event.shiftKey;
    this.moved = this.touches.size > 1;
    this.actions.hover(null);
  };
  move = (event) => {
    const at = placeOf(this.el, event);
    if (!this.start || !this.last) {
      this.actions.hover(at);
      return;
    }
    if (this.touches.size === 2) this.pinch(event.pointerId, at);
    else this.drag(at);
    this.touches.set(event.pointerId, at);
  };
  up = (event) => {
    const at = placeOf(this.el, event);
    this.touches.delete(event.pointerId);
    if (!this.start) return;
    if (!this.moved) this.actions.click(at, event.shiftKey);
    else if (this.boxing) this.actions.box(this.start, at, true);
    if (this.touches.size === 0) this.start = this.last = null;
  };
  cancel = (event) => {
    this.touches.delete(event.pointerId);
    this.start = this.last = null;
  };
  wheel = (event) => {
    event.preventDefault();
    const lines2 = event.deltaMode === 1 ? 16 : 1;
    const pinch = event.ctrlKey ? 5 : 1;
    const turn = Math.max(-300, Math.min(300, event.deltaY * lines2 * pinch));
    this.actions.zoom(placeOf(this.el, event), Math.exp(-turn * WHEEL_SPEED));
  };
  drag(at) {
    const from = this.start;
    this.moved ||= Math.hypot(at.x - from.x, at.y - from.y) > CLICK_SLACK_PX;
    if (!this.moved) return;
    if (this.boxing) this.actions.box(from, at, false);
    else this.actions.pan(at.x - this.last.x, at.y - this.last.y);
    this.last = at;
  }
  pinch(id, at) {
    const other = Array.from(this.touches).find(([touch]) => touch !== id)?.[1];
    const before = this.touches.get(id);
    if (!other || !before) return;
    const middle = { x: (at.x + other.x) / 2, y: (at.y + other.y) / 2 };
    const apart = Math.hypot(before.x - other.x, before.y - other.y) || 1;
    this.actions.zoom(middle, Math.hypot(at.x - other.x, at.y - other.y) / apart);
  }
};

// src/lib/selection.ts
var REACH_PX = 8;
var Selection = class {
  constructor(model, picture, stage, status, describe2) {
    this.model = model;
    this.picture = picture;
    this.stage = stage;
    this.status = status;
    this.describe = describe2;
  }
  model;
  picture;
  stage;
  status;
  describe;
  read() {
    const { scene } = this.picture;
    if (!scene) return;
    const ids = this.model.get("selection") ?? [];
    const rows = ids.map((id) => scene.rowOf.get(id)).filter((row) => row !== void 0);
    this.picture.selected = new Set(rows);
    const last = rows.at(-1);
    if (last !== void 0) this.picture.focus = last;
    this.announce(scene, last);
    this.stage.draw("marks");
  }
  select(rows) {
    const { scene } = this.picture;
    if (scene) save(this.model, "selection", rows.map((row) => scene.ids[row]));
  }
  choose(row, add) {
    const { selected } = this.picture;
    if (!add) this.select([row]);
    else if (selected.has(row)) this.select([...selected].filter((other) => other !== row));
    else this.select([...selected, row]);
  }
  rowUnder(at) {
    const { scene } = this.picture;
    if (!scene) return -1;
    const reach = Math.max(glyphPx(this.stage) / 2 + 2, REACH_PX);
    return rowAt(scene, this.stage.camera, this.stage.size, at, reach);
  }
  click(at, add) {
    const row = this.rowUnder(at);
    if (row >= 0) this.choose(row, add);
    else if (!add) this.select([]);
  }
  dragBox(from, to, done) {
    const { scene } = this.picture;
    if (!scene) return;
    this.picture.box = done ? null : boxOf(from, to);
    if (done) this.select(rowsIn(scene, this.stage.camera, this.stage.size, from, to));
    this.stage.draw("marks");
  }
  /** Moves along an edge or a level; the row that is selected then. */
  step(scene, action) {
    const { focus, levels } = this.picture;
    const row = focus < 0 || !levels ? rootOf(scene) : stepFrom(scene, levels, focus, action);
    this.picture.focus = row;
    this.select([row]);
    this.stage.draw("marks");
    return row;
  }
  announce(scene, row) {
    if (row === void 0) {
      this.status.textContent = "";
      return;
    }
    const { title, rows } = this.describe(scene, row);
    const count = this.picture.selected.size;
    const more = count > 1 ? `; ${numberText(count)} selected` : "";
    this.status.textContent = [title, ...rows.map((pair) => pair.join(" "))].join(", ") + more;
  }
};
function boxOf(from, to) {
  return {
    x: Math.min(from.x, to.x),
    y: Math.min(from.y, to.y),
    width: Math.abs(to.x - from.x),
    height: Math.abs(to.y - from.y)
  };
}

// src/lib/stage.ts
var MOST_RATIO = 3;
var Stage = class {
  constructor(box, drawn) {
    this.box = box;
    this.drawn = drawn;
    box.append(this.picture, this.marks);
    this.observer = new ResizeObserver(() => this.resize());
    this.observer.observe(box);
  }
  box;
  drawn;
  picture = element("canvas", "wb-picture");
  marks = element("canvas", "wb-marks");
  size = { width: 0, height: 0 };
  camera = { x: 0, y: 0, zoom: 1 };
  moving = false;
  frame = 0;
  rest = 0;
  flight = 0;
  dirty = { picture: false, marks: false };
  observer;
  /** Draws soon: everything, or only the marks. */
  draw(what) {
    this.dirty.marks = true;
    if (what === "all") this.dirty.picture = true;
    this.frame ||= requestAnimationFrame(() => this.paint());
  }
  /** Shows another part at once, sampled until the camera has rested. */
  look(camera) {
    cancelAnimationFrame(this.flight);
    this.go(camera);
  }
  /** Flies there in the time of the style table, or jumps where motion is unwanted. */
  fly(to) {
    cancelAnimationFrame(this.flight);
    if (window.matchMedia("(prefers-reduced-motion: reduce)").matches) {
      this.go(to);
      return;
    }
    const from = this.camera;
    const start = performance.now();
    const step = (now) => {
      const share = Math.min(1, Math.max(0, now - start) / STYLE.layout.motion_ms);
      this.go(between(from, to, share));
      if (share < 1) this.flight = requestAnimationFrame(step);
    };
    this.flight = requestAnimationFrame(step);
  }
  dispose = () => {
    this.observer.disconnect();
    cancelAnimationFrame(this.frame);
    cancelAnimationFrame(this.flight);
    window.clearTimeout(this.rest);
  };
  go(camera) {
    this.camera = camera;
    this.moving = true;
    this.draw("all");
    window.clearTimeout(this.rest);
    this.rest = window.setTimeout(() => {
      this.moving = false;
      this.draw("all");
      this.drawn.rested();
    }, STYLE.detail.rest_ms);
  }
  paint() {
    this.frame = 0;
    const { picture, marks } = this.dirty;
    this.dirty = { picture: false, marks: false };
    const ratio = this.ratio();
    if (picture) this.paintOn(this.picture, ratio, (c) => this.drawn.picture(c, this.moving));
    if (marks) this.paintOn(this.marks, ratio, (c) => this.drawn.marks(c));
  }
  paintOn(canvas, ratio, draw) {
    const context = canvas.getContext("2d");
    if (!context || !this.size.width) return;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    draw(context);
  }
  ratio() {
    return Math.min(window.devicePixelRatio || 1, MOST_RATIO);
  }
  resize() {
    const { clientWidth: width, clientHeight: height } = this.box;
    if (!width || !height) return;
    this.size = { width, height };
    const ratio = this.ratio();
    for (const canvas of [this.picture, this.marks]) {
      canvas.width = Math.round(width * ratio);
      canvas.height = Math.round(height * ratio);
    }
    this.drawn.resized();
    this.paintNow();
  }
  /** A resized canvas is empty: fill it before the page is shown. */
  paintNow() {
    cancelAnimationFrame(this.frame);
    this.dirty = { picture: true, marks: true };
    this.paint();
  }
};

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

// src/lib/toolbar.ts
var BUTTONS = [
  ["fit", "fit", "Fit (F)"],
  ["plus", "zoomIn", "Zoom in (+)"],
  ["minus", "zoomOut", "Zoom out (-)"],
  ["search", "search", "Search (/)"],
  ["table", "table", "Table (T)"],
  ["full", "fullScreen", "Full screen"]
];
function toolbar(tools) {
  const bar = element("div", "wb-toolbar", { role: "toolbar", "aria-label": "View" });
  bar.append(...BUTTONS.map(([icon, tool, name]) => iconButton(icon, name, tools[tool])));
  return bar;
}
function toggleFullScreen(el) {
  if (document.fullscreenElement) void document.exitFullscreen();
  else void el.requestFullscreen();
}

// src/lib/graph_view.ts
var ZOOM_STEP = 1.4;
var views = 0;
function graphWidget(kind) {
  return {
    render: ({ model, el }) => {
      const view = new GraphView(model, el, kind);
      return () => view.dispose();
    }
  };
}
var GraphView = class {
  constructor(model, el, kind) {
    this.model = model;
    this.kind = kind;
    const { box, picture } = this;
    this.root = element("div", "wb-view", { "data-kind": kind.noun });
    this.stage = new Stage(box, {
      picture: (context, moving) => picture.paint(context, this.stage, moving),
      marks: (context) => this.paintMarks(context),
      resized: () => this.resized(),
      rested: () => this.rested()
    });
    this.selection = new Selection(model, picture, this.stage, this.status, kind.describe);
    this.hover = new Hover(picture, this.stage, kind.describe, kind.hint);
    this.panels = new Panels(model, picture, this.stage, this.root, {
      choose: (row, add) => this.chooseInPanel(row, add),
      returnFocus: () => box.focus({ preventScroll: true })
    });
    const { legend } = this.panels;
    this.navigator = new Navigator(
      picture,
      this.stage,
      kind.restPx,
      legend.el,
      (camera) => this.panels.showLegend(camera)
    );
    this.assemble();
    el.append(this.root);
    this.connect();
    this.readTheme();
    this.readScene();
    this.readTitle();
  }
  model;
  kind;
  name = `view-${views += 1}`;
  root;
  box = element("div", "wb-canvas", { tabindex: 0, role: "application" });
  heading = element("div", "wb-title");
  status = element("div", "wb-live", { "aria-live": "polite" });
  empty = element("div", "wb-empty", { hidden: "" });
  picture = new Picture();
  stage;
  selection;
  hover;
  panels;
  navigator;
  disposers = [];
  dispose() {
    for (const dispose of this.disposers) dispose();
    this.hover.end();
    this.stage.dispose();
    this.root.remove();
  }
  assemble() {
    const { searchBox, legend, table } = this.panels;
    this.root.append(this.box, this.heading, this.toolbar(), searchBox.el, legend.el);
    this.root.append(this.hover.tooltip.el, this.empty, table.el, this.status);
  }
  toolbar() {
    const { navigator, panels } = this;
    return toolbar({
      fit: () => navigator.fitAgain(),
      zoomIn: () => navigator.zoomBy(ZOOM_STEP),
      zoomOut: () => navigator.zoomBy(1 / ZOOM_STEP),
      search: () => panels.searchBox.focus(),
      table: () => panels.toggleTable(),
      fullScreen: () => toggleFullScreen(this.root)
    });
  }
  // Fields
  connect() {
    const on = (names, read) => {
      this.disposers.push(watch(this.model, names, read));
    };
    on(["scene", "buffers"], () => this.readScene());
    on(["selection"], () => this.readSelection());
    on(["camera"], () => this.navigator.follow(this.model.get("camera")));
    on(["filter", "hidden"], () => this.readFilter());
    on(["aim"], () => this.readAim());
    on(["theme"], () => this.readTheme());
    on(["title"], () => this.readTitle());
    this.disposers.push(watchHost(() => this.readTheme()));
    this.disposers.push(this.listen());
    this.root.addEventListener("keydown", (event) => this.key(event));
  }
  readScene() {
    const { picture } = this;
    const scene = decode(this.model.get("scene"), bytesOf(this.model.get("buffers")));
    if (!scene) {
      this.showEmpty(picture.scene ? "" : `No ${this.kind.noun} is shown yet.`);
      return;
    }
    if (scene.header.revision === picture.scene?.header.revision) return;
    const same = scene.header.layout === picture.scene?.header.layout;
    picture.load(scene);
    if (!same) [this.navigator.userMoved, picture.focus] = [false, -1];
    this.readSelection();
    this.readFilter();
    this.describeBox();
    if (!same && !this.navigator.follow(this.model.get("camera"))) this.navigator.fitAll(false);
    this.stage.draw("all");
  }
  readTheme() {
    const theme = resolve(this.model.get("theme"), this.root);
    if (theme === this.root.dataset["theme"]) return;
    this.root.dataset["theme"] = theme;
    this.picture.restyle(paletteOf(theme));
    for (const [name, value] of Object.entries(cssVariables(this.picture.palette))) {
      this.root.style.setProperty(name, value);
    }
    this.panels.showLegend();
    this.stage.draw("all");
  }
  readTitle() {
    this.heading.textContent = String(this.model.get("title") ?? "");
    this.describeBox();
  }
  readSelection() {
    this.selection.read();
    this.panels.refreshTable();
  }
  /** Brings into view what Python points at. */
  readAim() {
    const { ids = [] } = this.model.get("aim") ?? {};
    const rows = ids.map((id) => this.picture.scene?.rowOf.get(id));
    const found = rows.filter((row) => row !== void 0);
    if (found.length) this.navigator.fitRows(found);
  }
  readFilter() {
    const { scene } = this.picture;
    if (!scene) return;
    this.panels.readFilter(scene);
    const { query, hits } = this.picture;
    const nothing = query && !hits.length;
    this.showEmpty(nothing ? `0 of ${numberText(scene.n)} nodes match “${query}”` : "");
  }
  describeBox() {
    const title = this.heading.textContent || this.kind.noun;
    this.box.setAttribute("aria-label", summaryOf(title, this.picture.scene));
  }
  showEmpty(text) {
    this.empty.textContent = text;
    this.empty.hidden = !text;
  }
  // Drawing
  paintMarks(context) {
    const hovering = this.picture.hover >= 0;
    this.stage.picture.style.opacity = hovering ? String(STYLE.edges.faded_opacity) : "1";
    this.picture.paintMarks(context, this.stage, this.root.classList.contains("wb-keyed"));
  }
  /** Also the first news that the host has put the view on the page, with a background. */
  resized() {
    this.readTheme();
    this.navigator.resized();
  }
  rested() {
    this.panels.showLegend();
    const { x, y, zoom } = this.stage.camera;
    save(this.model, "camera", { x, y, zoom, view: this.name });
  }
  // Pointer
  listen() {
    const { stage, selection } = this;
    return listen(this.box, {
      pan: (dx, dy) => this.moveTo(pan(stage.camera, dx, dy)),
      zoom: (at, factor) => this.moveTo(zoomAt(stage.camera, stage.size, at, factor)),
      box: (from, to, done) => selection.dragBox(from, to, done),
      click: (at, add) => this.click(at, add),
      open: (at) => this.act("open", selection.rowUnder(at)),
      hover: (at) => this.hoverAt(at)
    });
  }
  moveTo(camera) {
    this.hoverAt(null);
    this.navigator.look(camera);
  }
  click(at, add) {
    this.box.focus({ preventScroll: true });
    this.root.classList.remove("wb-keyed");
    this.selection.click(at, add);
  }
  hoverAt(at) {
    const row = at ? this.selection.rowUnder(at) : -1;
    this.box.style.cursor = row >= 0 ? "pointer" : "";
    this.hover.over(row);
  }
  // Keys
  key(event) {
    const inside = event.composedPath()[0];
    const typing = inside instanceof HTMLInputElement;
    const action = actionOf(event, this.picture.direction);
    if (!action || typing || event.altKey) return;
    if (inside !== this.box && (action === "open" || event.key.startsWith("Arrow"))) return;
    event.preventDefault();
    event.stopPropagation();
    this.root.classList.add("wb-keyed");
    this.perform(action);
  }
  perform(action) {
    const step = () => this.step(action);
    const act = () => this.act(action, this.picture.focus);
    const actions = {
      fit: () => this.navigator.fitAgain(),
      fitSelection: () => this.navigator.fitRows(this.picture.selected),
      search: () => this.panels.searchBox.focus(),
      close: () => this.escape(),
      table: () => this.panels.toggleTable(),
      zoomIn: () => this.navigator.zoomBy(ZOOM_STEP),
      zoomOut: () => this.navigator.zoomBy(1 / ZOOM_STEP),
      back: () => emit(this.model, "step", { by: -1 }),
      forward: () => emit(this.model, "step", { by: 1 }),
      undo: () => emit(this.model, "undo"),
      open: act,
      expand: act,
      prune: act,
      parent: step,
      child: step,
      previous: step,
      next: step
    };
    actions[action]();
  }
  act(type, row) {
    const { scene } = this.picture;
    if (scene && row >= 0) emit(this.model, type, { id: scene.ids[row] });
  }
  step(action) {
    const { scene } = this.picture;
    if (scene?.n) this.navigator.reveal(scene, this.selection.step(scene, action));
  }
  chooseInPanel(row, add) {
    const { scene } = this.picture;
    this.selection.choose(row, add);
    if (scene) this.navigator.reveal(scene, row);
  }
  escape() {
    if (!this.panels.closeOne() && this.picture.selected.size) this.selection.select([]);
    this.hover.end();
  }
};

// src/tree_explorer.ts
function describe(scene, row) {
  const kind = textOf(scene.nodes, "kind", row);
  const depth = numberText(scene.nodes.numbers["level"]?.[row] ?? NaN);
  const step = textOf(scene.nodes, "label", row);
  const steps = step ? [["step", step]] : [];
  return {
    title: `node ${scene.ids[row]} · ${GLYPHS[kind]?.label ?? kind} · depth ${depth}`,
    rows: distinct([
      ...measureRow(scene, row),
      ...steps,
      ...childrenRow(scene, row),
      ...numberRow(scene, row, "tokens", "tokens used", "tokens"),
      ...numberRow(scene, row, "log_probability", "log-probability", "nats")
    ])
  };
}
var tree_explorer_default = graphWidget({
  noun: "search tree",
  restPx: STYLE.nodes.tree_px,
  hint: "Click select · Enter inspect · P prune",
  describe
});
export {
  tree_explorer_default as default
};
