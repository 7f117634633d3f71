// Says that the server cannot be reached, and loads the page again once it can be.

const PAUSE_MS = 1000;
const SILENT = [
  "The server does not answer.",
  "It may have been stopped or be out of reach; this page goes on by itself once it is back.",
];
const ANOTHER_TOKEN = [
  "The server was started again, with a new token.",
  "Open the address that workbench serve printed in its terminal; this page then goes on by itself.",
];

function say(root, [what, remedy]) {
  root.replaceChildren(make("strong", "", what), make("span", "", remedy));
  root.hidden = false;
}

async function look(root) {
  let answer = null;
  try {
    answer = await fetch("favicon.ico", { cache: "no-store", credentials: "same-origin" });
  } catch {
    // nobody is there
  }
  if (answer?.ok) {
    window.location.reload();
    return;
  }
  say(root, answer?.status === 401 ? ANOTHER_TOKEN : SILENT);
  setTimeout(() => look(root), PAUSE_MS);
}

function render({ model, el }) {
  const root = make("div", "lost");
  root.setAttribute("role", "alert");
  root.hidden = true;
  let waits = false;
  model.view.model.document.on_event("connection_lost", () => {
    if (!waits) {
      waits = true;
      say(root, SILENT);
      setTimeout(() => look(root), PAUSE_MS);
    }
  });
  el.replaceChildren(root);
}

export default { render };
