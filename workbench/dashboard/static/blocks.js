// A column of small pieces described by data: text, rows, links, images, bars, tables.
// Everything from data becomes a text node or pixels, never markup.

function code({ text }) {
  const box = make("div", "code-block");
  const pre = make("pre", "", text);
  pre.tabIndex = 0;
  const copy = button("Copy", () => {
    navigator.clipboard?.writeText(text).then(() => {
      copy.textContent = "Copied";
      setTimeout(() => (copy.textContent = "Copy"), 1500);
    });
  });
  box.append(pre, copy);
  return box;
}

function rows({ rows: pairs }) {
  const list = make("dl", "rows");
  for (const { label, value, note } of pairs) {
    const cell = make("dd", "", value);
    if (note) {
      cell.append(make("small", "", note));
    }
    list.append(make("dt", "", label), cell);
  }
  return list;
}

function figures({ items }) {
  const list = make("div", "figures");
  for (const { label, value, unit, note } of items) {
    const item = make("div");
    const number = make("div", "value", value);
    if (unit) {
      number.append(make("small", "", unit));
    }
    item.append(make("div", "caption", label), number);
    if (note) {
      item.append(make("div", "caption", note));
    }
    list.append(item);
  }
  return list;
}

function links({ items, current, scroll }, model) {
  const list = make("div", scroll ? "links outline" : "links");
  for (const { text, note, target } of items) {
    const link = button("", () => emit(model, "link", target));
    link.append(make("span", "ellipsis", text), make("small", "", note ?? ""));
    if (target === current) {
      link.setAttribute("aria-current", "true");
    }
    list.append(link);
  }
  return list;
}

// Values in [0, 1]; null is missing. Grey runs from paper to ink, "diverging" from low to high.
const RAMPS = {
  grey: ["--wb-canvas", "--wb-text"],
  diverging: [1, 2, 3, 4, 5, 6, 7].map((step) => `--wb-diverging-${step}`),
};

function paint(canvas, { values, width, height, ramp }, host) {
  const style = getComputedStyle(host);
  const channels = (name) =>
    style.getPropertyValue(name).trim().match(/[0-9a-f]{2}/gi).map((hex) => Number.parseInt(hex, 16));
  const steps = RAMPS[ramp ?? "grey"].map(channels);
  const missing = channels(ramp === "diverging" ? "--wb-canvas" : "--wb-divider");
  const mixed = (value) => {
    const place = value * (steps.length - 1);
    const low = Math.min(Math.floor(place), steps.length - 2);
    return steps[low].map((start, channel) =>
      Math.round(start + (steps[low + 1][channel] - start) * (place - low)));
  };
  const image = new ImageData(width, height);
  values.forEach((value, place) => {
    image.data.set([...(value === null ? missing : mixed(value)), 255], place * 4);
  });
  canvas.getContext("2d").putImageData(image, 0, 0);
}

function images({ items, size }, model, repaint) {
  const list = make("div", "images");
  for (const item of items) {
    const figure = make("figure");
    const canvas = make("canvas");
    canvas.width = item.width;
    canvas.height = item.height;
    canvas.style.width = `${size}px`;
    canvas.style.height = `${Math.round((size * item.height) / item.width)}px`;
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", item.caption ?? "image");
    repaint.push(() => paint(canvas, item, list));
    if (item.target === undefined) {
      figure.append(canvas);
    } else {
      const link = button("", () => emit(model, "link", item.target));
      link.append(canvas);
      figure.append(link);
    }
    if (item.caption) {
      figure.append(make("figcaption", "", item.caption));
    }
    list.append(figure);
  }
  return list;
}

function bars({ items }) {
  const list = make("div", "bars");
  for (const { label, share, value } of items) {
    const track = make("div");
    const bar = make("div", "bar");
    bar.style.width = `${Math.max(0, Math.min(1, share)) * 100}%`;
    track.append(bar);
    list.append(make("span", "label-cell ellipsis", label), track, make("span", "value-cell", value));
  }
  return list;
}

function sorted(order, column, ascending) {
  const value = (row) => row.sort?.[column] ?? row.cells[column];
  const compare = (a, b) => {
    const [x, y] = [value(a), value(b)];
    return typeof x === "number" && typeof y === "number" ? x - y : String(x).localeCompare(String(y));
  };
  return [...order].sort((a, b) => (ascending ? compare(a, b) : compare(b, a)));
}

function tableRow(row, columns, current, model) {
  const line = make("tr");
  row.cells.forEach((cell, place) => {
    const kind = [columns[place].align === "right" ? "right" : "", columns[place].wrap ? "wrap" : ""];
    line.append(make("td", kind.join(" ").trim(), String(cell)));
  });
  if (row.target !== undefined) {
    const choose = () => emit(model, "row", row.target);
    line.tabIndex = 0;
    line.setAttribute("aria-selected", String(row.target === current));
    line.addEventListener("click", choose);
    line.addEventListener("keydown", (event) => event.key === "Enter" && choose());
  }
  return line;
}

function table({ columns, rows: data, current, height, dense }, model) {
  const box = make("div", dense ? "table dense" : "table");
  if (height) {
    box.style.maxHeight = `${height}px`;
  }
  const grid = make("table");
  const head = make("tr");
  const body = make("tbody");
  const fill = (order) => body.replaceChildren(...order.map((row) => tableRow(row, columns, current, model)));
  let state = { column: -1, ascending: true };
  columns.forEach(({ title, align }, column) => {
    const cell = make("th", align === "right" ? "right" : "", title);
    cell.scope = "col";
    const mark = make("span", "order");
    cell.append(mark);
    cell.addEventListener("click", () => {
      const ascending = state.column === column ? !state.ascending : true;
      state = { column, ascending };
      head.querySelectorAll(".order").forEach((other) => (other.textContent = ""));
      mark.textContent = ascending ? "\u2191" : "\u2193";
      fill(sorted(data, column, ascending));
    });
    head.append(cell);
  });
  const top = make("thead");
  top.append(head);
  grid.append(top, body);
  box.append(grid);
  fill(data);
  return box;
}

function badges({ items }) {
  const list = make("div", "badges");
  const marks = { solved: "\u2713 ", failed: "\u2717 ", warn: "! " };
  for (const { text, state } of items) {
    list.append(make("span", `badge ${state ?? ""}`, `${marks[state] ?? ""}${text}`));
  }
  return list;
}

function actions({ items }, model) {
  const list = make("div", "actions");
  for (const { text, target, primary, disabled } of items) {
    const action = button(text, () => emit(model, "action", target), primary ? "primary" : "");
    action.disabled = Boolean(disabled);
    list.append(action);
  }
  return list;
}

function empty({ text, items }, model) {
  const box = make("div", "empty");
  box.append(make("p", "", text), actions({ items: items ?? [] }, model));
  return box;
}

function folded({ title, text }) {
  const box = make("details");
  box.append(make("summary", "", title), code({ text }));
  return box;
}

function histogram({ counts, caption }) {
  const box = make("div");
  const plot = make("div", "histogram");
  const top = Math.max(1, ...counts);
  for (const count of counts) {
    const bar = make("span");
    bar.style.height = `${(100 * count) / top}%`;
    plot.append(bar);
  }
  box.append(plot, make("div", "caption", caption ?? ""));
  return box;
}

// A link within this dashboard: its address is only ever a query made of names and texts.
function link({ text, query, primary }) {
  const anchor = make("a", primary ? "open primary" : "open", text);
  anchor.href = `?${new URLSearchParams(query)}`;
  return anchor;
}

function card({ title, query, lines, badges: marks, actions: items, state }, model) {
  const box = make("section", `card ${state ?? ""}`);
  const head = make("div", "card-head");
  const name = make("h3", "ellipsis");
  name.append(query ? link({ text: title, query }) : make("span", "", title));
  head.append(name);
  box.append(head, ...lines.map((line) => make("p", "muted", line)));
  if (marks?.length) {
    box.append(badges({ items: marks }));
  }
  const row = make("div", "actions");
  if (query) {
    row.append(link({ text: "Open", query, primary: true }));
  }
  row.append(...actions({ items: items ?? [] }, model).childNodes);
  box.append(row);
  return box;
}

function cards({ items }, model) {
  const list = make("div", "cards");
  list.append(...items.map((item) => card(item, model)));
  return list;
}

function places({ items }) {
  const list = make("div", "places");
  for (const { text, note, query } of items) {
    const line = make("div", "place-line");
    line.append(link({ text, query }), make("small", "muted", note ?? ""));
    list.append(line);
  }
  return list;
}

const KINDS = {
  title: ({ text }) => make("h2", "title", text),
  head: ({ text }) => make("h3", "", text),
  text: ({ text }) => make("p", "", text),
  muted: ({ text }) => make("p", "muted", text),
  caption: ({ text }) => make("p", "caption", text),
  warn: ({ text }) => make("p", "warn", text),
  code, rows, figures, links, images, bars, table, badges, actions, empty, folded, histogram, cards, places,
};

function render({ model }) {
  const root = make("div", "wb-blocks");
  let repaint = [];
  const draw = () => {
    repaint = [];
    const scrolled = root.querySelector(".outline")?.scrollTop ?? 0;
    root.replaceChildren(...model.blocks.map((block) => KINDS[block.kind](block, model, repaint)));
    const outline = root.querySelector(".outline");
    if (outline) {
      outline.scrollTop = scrolled;
    }
    requestAnimationFrame(() => repaint.forEach((step) => step()));
  };
  model.on("blocks", draw);
  model.on("theme", () => setTimeout(() => repaint.forEach((step) => step()), 60));
  draw();
  return root;
}

export default { render: ({ model, el }) => mount(render, model, el) };
