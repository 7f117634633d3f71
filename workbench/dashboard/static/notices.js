// The job bar and the message area of a page.

function jobBar(model) {
  const box = make("div", "job");
  const text = make("span", "ellipsis");
  text.setAttribute("role", "status");
  const time = make("span", "muted number");
  const cancel = make("button", "", "Cancel");
  cancel.type = "button";
  cancel.addEventListener("click", () => {
    cancel.disabled = true;
    emit(model, "cancel");
  });
  const track = make("div", "track");
  track.setAttribute("role", "progressbar");
  const done = make("div", "done");
  track.append(done);
  box.append(text, time, cancel, track);
  const paint = () => {
    const { active, name, share, detail, seconds, remaining } = model.job;
    box.hidden = !active;
    if (!active) {
      cancel.disabled = false;
      return;
    }
    const percent = Math.round(100 * share);
    text.textContent = detail ? `${name}: ${detail}` : name;
    const left = remaining === null || remaining === undefined ? "" : ` \u00b7 ${remaining} s left`;
    time.textContent = `${percent}% \u00b7 ${seconds} s${left}`;
    done.style.width = `${percent}%`;
    track.setAttribute("aria-valuenow", String(percent));
  };
  model.on("job", paint);
  paint();
  return box;
}

function message({ id, state, what, lines, details, action }, model) {
  const box = make("div", `message ${state}`);
  box.setAttribute("role", state === "failed" ? "alert" : "status");
  const marks = { failed: "\u2717", warn: "!", solved: "\u2713" };
  const words = make("div");
  words.append(make("div", "what", what), ...lines.map((line) => make("p", "", line)));
  if (details) {
    const fold = make("details");
    fold.append(make("summary", "", "Details"), make("pre", "", details));
    words.append(fold);
  }
  const buttons = make("div", "buttons");
  if (action) {
    buttons.append(button(action.text, () => emit(model, "action", { id, target: action.target })));
  }
  buttons.append(button("Dismiss", () => emit(model, "dismiss", id), "quiet"));
  box.append(make("span", "mark", marks[state] ?? "i"), words, buttons);
  return box;
}

function render({ model }) {
  const root = make("div", "wb-notices");
  const bar = jobBar(model);
  const list = make("div");
  list.style.display = "contents";
  root.append(bar, list);
  const paint = () => {
    list.replaceChildren(...model.messages.map((one) => message(one, model)));
    root.classList.toggle("some", model.messages.length > 0 || model.job.active);
  };
  model.on(["messages", "job"], paint);
  paint();
  return root;
}

export default { render: ({ model, el }) => mount(render, model, el) };
