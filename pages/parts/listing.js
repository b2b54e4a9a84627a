// Draws one page of a list. Everything is written as text, never as markup.
const made = (name, text, className) => {
  const node = document.createElement(name);
  if (text !== undefined && text !== null) node.textContent = String(text);
  if (className) node.className = className;
  return node;
};

const status = cell => {
  const node = made("span", null, "status");
  const mark = made("span", cell.mark, "mark");
  mark.setAttribute("aria-hidden", "true");
  mark.style.color = cell.color;
  node.append(mark, made("span", cell.text, kind(cell.text)));
  return node;
};

const bar = cell => {
  const node = made("div", null, "bar");
  const track = made("div", null, "track");
  const place = minutes => Math.min(100, (100 * minutes) / cell.most) + "%";
  const fill = made("div", null, "fill");
  fill.style.width = place(cell.bar);
  fill.style.background = cell.color;
  track.append(fill);
  for (const minutes of cell.marks) {
    const tick = made("div", null, "tick");
    tick.style.left = place(minutes);
    tick.title = minutes + " min";
    track.append(tick);
  }
  track.setAttribute("role", "img");
  const marks = cell.marks.length ? ", marks at " + cell.marks.join(", ") + " min" : "";
  track.setAttribute("aria-label", cell.text + marks);
  node.append(track, made("span", cell.text, "of"));
  return node;
};

// Amounts, dates, months and minutes are never broken; short words may be where a list has
// many columns.
const NUMBER = /^[-+−]?\$?\d|^[A-Z][a-z]{2} \d{4}$/;
const kind = text =>
  text.length >= 60 ? "long" : text.length >= 22 ? ""
  : text.length < 17 && NUMBER.test(text) ? "short whole" : "short";
// The number of a claim and its line: no words in it where a line may end.
const CODE = /^[A-Z0-9 ./-]{1,26}$/;

const shown = cell => {
  if (cell === null || cell === undefined) return made("span", "–");
  // Dates, numbers and codes stay on one line; sentences may wrap.
  if (typeof cell !== "object") return made("span", cell, kind(String(cell)));
  return "bar" in cell ? bar(cell) : status(cell);
};

export default function (component) {
  const { data, parentElement, setTriggerValue } = component;
  const host = parentElement.querySelector(".listing");
  const table = made("table", null, data.columns.length > 9 ? "many" : "");
  table.append(made("caption", data.alt));

  const head = made("tr");
  for (const column of data.columns) {
    const cell = made("th", null, column.is_right ? "right" : "");
    cell.scope = "col";
    if (!column.sort) {
      cell.textContent = column.title;
    } else {
      const isUp = data.sort === column.sort, isDown = data.sort === "-" + column.sort;
      if (isUp || isDown) cell.setAttribute("aria-sort", isUp ? "ascending" : "descending");
      const button = made("button");
      button.type = "button";
      button.append(made("span", column.title), made("span", isDown ? "▾" : isUp ? "▴" : "▵", "way"));
      button.onclick = () => setTriggerValue("sort", isUp ? "-" + column.sort : column.sort);
      cell.append(button);
    }
    head.append(cell);
  }
  const top = made("thead");
  top.append(head);

  const body = made("tbody");
  for (const row of data.rows) {
    const line = made("tr", null, row.key ? "opens" : "");
    for (const column of data.columns) {
      const cell = made("td", null, column.is_right ? "right" : "");
      if (column.is_link && row.key) {
        const text = String(row[column.field] ?? "");
        const link = made("a", text, CODE.test(text) && /\d/.test(text) ? "whole" : "");
        link.href = data.href + encodeURIComponent(row.key);
        cell.append(link);
      } else {
        cell.append(shown(row[column.field]));
      }
      line.append(cell);
    }
    if (row.key) {
      line.onclick = event => {
        if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
        if (event.target.tagName !== "A" && String(window.getSelection())) return;
        event.preventDefault();
        setTriggerValue("open", row.key);
      };
    }
    body.append(line);
  }
  table.append(top, body);
  host.replaceChildren(table);
}
