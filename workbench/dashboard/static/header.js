// Page navigation, breadcrumbs, search, saving, jobs and the export menu.

function pages(model) {
  const nav = document.createElement("nav");
  nav.className = "pages";
  nav.setAttribute("aria-label", "Pages");
  const paint = () => {
    nav.replaceChildren(
      ...model.pages.map(({ name, title }) => {
        const link = button(title, () => emit(model, "page", name));
        if (name === model.page) {
          link.setAttribute("aria-current", "page");
        }
        return link;
      }),
    );
  };
  model.on(["pages", "page"], paint);
  paint();
  return nav;
}

function crumbs(model) {
  const trail = document.createElement("div");
  trail.className = "crumbs";
  trail.setAttribute("role", "navigation");
  trail.setAttribute("aria-label", "Breadcrumbs");
  const paint = () => {
    const parts = model.crumbs.flatMap(({ text, target }, place) => {
      const last = place === model.crumbs.length - 1;
      const here = document.createElement("span");
      here.className = "here ellipsis";
      here.textContent = text;
      const part = last ? here : button(text, () => emit(model, "crumb", target));
      if (place === 0) {
        return [part];
      }
      const arrow = document.createElement("span");
      arrow.textContent = "\u203a";
      return [arrow, part];
    });
    trail.replaceChildren(...parts);
  };
  model.on("crumbs", paint);
  paint();
  return trail;
}

function search(model) {
  const box = document.createElement("div");
  box.className = "search";
  const count = document.createElement("span");
  count.className = "count";
  count.setAttribute("role", "status");
  const field = document.createElement("input");
  field.type = "search";
  field.setAttribute("aria-label", "Search");
  field.addEventListener("keydown", (event) => {
    if (event.key === "Enter") {
      emit(model, event.shiftKey ? "previous" : "search", field.value);
    } else if (event.key === "Escape") {
      field.value = "";
      emit(model, "search", "");
      field.blur();
    }
    event.stopPropagation();
  });
  const paint = () => {
    field.placeholder = model.search_hint;
    count.textContent = model.search_count;
    box.hidden = model.search_hint === "";
  };
  const fill = () => {
    if (field !== field.getRootNode().activeElement) {
      field.value = model.query;
    }
  };
  const slash = (event) => {
    const typing = event.composedPath().some((node) => ["INPUT", "TEXTAREA"].includes(node.tagName));
    if (event.key === "/" && !typing) {
      event.preventDefault();
      field.focus();
    }
  };
  window.addEventListener("keydown", slash);
  model.on("remove", () => window.removeEventListener("keydown", slash));
  model.on(["search_hint", "search_count"], paint);
  model.on("query", fill);
  paint();
  fill();
  box.append(count, field);
  return box;
}

function exportMenu(model) {
  const box = document.createElement("div");
  box.className = "export";
  const menu = document.createElement("div");
  menu.className = "menu";
  menu.setAttribute("role", "menu");
  menu.hidden = true;
  const open = button("Export \u25be", () => {
    menu.hidden = !menu.hidden;
    open.setAttribute("aria-expanded", String(!menu.hidden));
  });
  open.setAttribute("aria-haspopup", "menu");
  const close = (event) => {
    if (event.type === "keydown" ? event.key === "Escape" : !event.composedPath().includes(box)) {
      menu.hidden = true;
      open.setAttribute("aria-expanded", "false");
    }
  };
  window.addEventListener("pointerdown", close);
  window.addEventListener("keydown", close);
  model.on("remove", () => {
    window.removeEventListener("pointerdown", close);
    window.removeEventListener("keydown", close);
  });
  const paint = () => {
    box.hidden = model.exports.length === 0;
    menu.replaceChildren(
      ...model.exports.map(({ name, title }) => {
        const item = button(title, () => {
          menu.hidden = true;
          emit(model, "export", name);
        });
        item.setAttribute("role", "menuitem");
        return item;
      }),
    );
  };
  model.on("exports", paint);
  paint();
  box.append(open, menu);
  return box;
}

function saving(model) {
  const box = document.createElement("div");
  box.className = "saving";
  const told = document.createElement("span");
  told.className = "told";
  told.setAttribute("role", "status");
  const action = button("Save", () => emit(model, "save"));
  action.title = "Save what is on screen (Ctrl S)";
  const keys = (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "s" && !box.hidden) {
      event.preventDefault();
      emit(model, "save");
    }
  };
  window.addEventListener("keydown", keys);
  model.on("remove", () => window.removeEventListener("keydown", keys));
  const paint = () => {
    const { study, text, state } = model.saved;
    box.hidden = !study;
    told.textContent = text ?? "";
    told.dataset.state = state ?? "";
  };
  model.on("saved", paint);
  paint();
  box.append(told, action);
  return box;
}

function jobs(model) {
  const open = button("", () => emit(model, "jobs"));
  open.className = "jobs";
  const paint = () => {
    const { study, running, waiting, open: isOpen } = model.jobs;
    open.hidden = !study;
    const some = running + waiting;
    open.textContent = some ? `Jobs ${some}` : "Jobs";
    open.classList.toggle("some", some > 0);
    open.setAttribute("aria-expanded", String(Boolean(isOpen)));
    open.setAttribute("aria-label", `Jobs: ${running} running, ${waiting} waiting`);
  };
  model.on("jobs", paint);
  paint();
  return open;
}

function save(model) {
  const { name, data } = model.download;
  if (!name) {
    return;
  }
  const link = document.createElement("a");
  link.download = name;
  link.href = URL.createObjectURL(new Blob([data], { type: "application/octet-stream" }));
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

// After Enter, Material's number fields take no more of what is typed until they were left.
function leaveAndComeBack(event) {
  const field = event.composedPath()[0];
  if (event.key === "Enter" && field instanceof HTMLInputElement && field.closest(".MuiInputBase-adornedStart")) {
    setTimeout(() => {
      field.blur();
      field.focus();
    }, 0);
  }
}

function render({ model }) {
  const root = document.createElement("div");
  root.className = "wb-header";
  root.append(pages(model), crumbs(model), search(model), saving(model), jobs(model), exportMenu(model));
  model.on("download", () => save(model));
  document.addEventListener("keydown", leaveAndComeBack);
  return root;
}

export default { render: ({ model, el }) => mount(render, model, el) };
