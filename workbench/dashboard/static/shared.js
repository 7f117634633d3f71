// Before every component: its model as plain properties, and how elements are made.

let sequence = 0;

/** `render` gets the synced fields as properties, `on` for their changes and `get_child`. */
function mount(render, host, el) {
  const removers = [];
  const special = {
    on: (names, step) => {
      if (names === "remove") {
        removers.push(step);
        return;
      }
      for (const name of [names].flat()) {
        host.on(`change:${name}`, step);
      }
    },
    get_child: (name) => {
      const rendered = host.view.accessed_children; // Panel renders the children named here
      if (!rendered.includes(name)) {
        rendered.push(name);
      }
      return host.get_child(name);
    },
  };
  const model = new Proxy(special, {
    get: (_, name) => special[name] ?? host.get(name),
    set: (_, name, value) => {
      host.set(name, value);
      host.save_changes();
      return true;
    },
  });
  el.replaceChildren(render({ model }));
  return () => removers.forEach((step) => step());
}

function emit(model, type, target = null) {
  sequence += 1;
  model.event = { sequence, type, target };
}

function make(tag, className = "", text = "") {
  const element = document.createElement(tag);
  if (className) {
    element.className = className;
  }
  if (text !== "") {
    element.textContent = text;
  }
  return element;
}

function button(text, onClick, className = "") {
  const element = make("button", className, text);
  element.type = "button";
  element.addEventListener("click", onClick);
  return element;
}

