// Brings the explorers of a page to life. Stands in the page once per explorer; the first one defines, the others find it.
window.courseExplorer ??= figure => {
  if (!("DecompressionStream" in window)) return;
  const svg = figure.querySelector("svg");
  const readout = figure.querySelector(".readout");
  const controls = [...figure.querySelectorAll(".control")].map(box => ({
    input: box.querySelector("input, select"),
    output: box.querySelector("output"),
    labels: JSON.parse(box.dataset.labels),
  }));
  const position = ({ input }) =>
    input.type === "checkbox" ? +input.checked : input.tagName === "SELECT" ? input.selectedIndex : +input.value;
  const start = controls.map(position);
  let states = null;

  // A value is text with numbers between; these are stored as differences, from the value before and along the value.
  const unpack = ({ text, count, numbers }) => {
    const width = text.length - 1;
    for (let row = 0; row < count; row++) {
      const at = row * width;
      for (let i = 2; i < width; i++) numbers[at + i] += numbers[at + i - 2];
      if (row) for (let i = 0; i < width; i++) numbers[at + i] += numbers[at + i - width];
    }
    return row => {
      let value = text[0];
      for (let i = 0; i < width; i++) value += numbers[row * width + i] + text[i + 1];
      return value;
    };
  };

  const load = async () => {
    const packed = atob(figure.querySelector("[data-states]").textContent);
    const bytes = Uint8Array.from(packed, c => c.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    const stored = JSON.parse(await new Response(stream).text());
    for (const slot of stored.slots)
      slot.values = slot.groups.flatMap(group => {
        const value = unpack(group);
        return Array.from({ length: group.count }, (_, row) => () => value(row));
      });
    states = stored;
    show();
  };

  const show = () => {
    let state = 0;
    for (const control of controls) {
      const at = position(control);
      state = state * control.labels.length + at;
      control.output.textContent = control.labels[at];
      if (control.input.type === "range") control.input.setAttribute("aria-valuetext", control.labels[at]);
    }
    if (!states) return;
    for (const { element, attribute, rows, values } of states.slots) {
      const value = values[rows ? rows[state] : state]();
      if (attribute) svg.children[element].setAttribute(attribute, value);
      else svg.children[element].innerHTML = value;
    }
    if (states.frames) svg.innerHTML = states.frames[state].map(i => states.elements[i]).join("");
    const text = states.readouts[state];
    if (readout.textContent === text) return;   // nothing new to read out
    readout.textContent = text;
    svg.setAttribute("aria-label", text);
  };

  for (const { input } of controls) {
    input.disabled = false;
    input.addEventListener("input", show);
  }
  const reset = figure.querySelector("button");
  reset.disabled = false;
  reset.addEventListener("click", () => {
    controls.forEach(({ input }, i) => {
      if (input.type === "checkbox") input.checked = Boolean(start[i]);
      else if (input.tagName === "SELECT") input.selectedIndex = start[i];
      else input.value = start[i];
    });
    show();
  });
  load();
};
for (const figure of document.querySelectorAll(".explorer:not([data-live])")) {
  figure.dataset.live = "";
  window.courseExplorer(figure);
}
