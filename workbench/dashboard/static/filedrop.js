// A file, dropped or chosen, sent in pieces so that no message is large.

const PIECE = 2 * 1024 * 1024;
function acknowledged(model, transfer, piece) {
  return new Promise((resume) => {
    const look = () => {
      const { transfer: known, piece: last } = model.received;
      if (known === transfer && last >= piece) {
        resume();
      } else {
        setTimeout(look, 10);
      }
    };
    look();
  });
}

async function send(model, file, status) {
  if (file.size > model.limit_bytes) {
    sequence += 1;
    model.refused = { sequence, name: file.name, size: file.size };
    return;
  }
  const pieces = Math.max(1, Math.ceil(file.size / PIECE));
  sequence += 1;
  const transfer = sequence;
  for (let piece = 0; piece < pieces; piece += 1) {
    const data = await file.slice(piece * PIECE, (piece + 1) * PIECE).arrayBuffer();
    model.piece = { transfer, name: file.name, piece, pieces, size: file.size, data };
    status.textContent = `Sending ${file.name}: ${Math.round((100 * (piece + 1)) / pieces)} %`;
    await acknowledged(model, transfer, piece);
  }
  status.textContent = file.name;
}

function render({ model }) {
  const root = document.createElement("div");
  root.className = "drop";
  const choose = document.createElement("button");
  choose.type = "button";
  choose.textContent = model.label;
  const input = document.createElement("input");
  input.type = "file";
  input.accept = model.accept;
  input.hidden = true;
  const status = document.createElement("span");
  status.className = "caption ellipsis";
  status.textContent = model.hint;
  choose.addEventListener("click", () => input.click());
  input.addEventListener("change", () => {
    if (input.files.length) {
      send(model, input.files[0], status);
      input.value = "";
    }
  });
  for (const type of ["dragover", "dragleave", "drop"]) {
    root.addEventListener(type, (event) => {
      event.preventDefault();
      root.classList.toggle("over", type === "dragover");
      if (type === "drop" && event.dataTransfer.files.length) {
        send(model, event.dataTransfer.files[0], status);
      }
    });
  }
  root.append(choose, input, status);
  return root;
}

export default { render: ({ model, el }) => mount(render, model, el) };
