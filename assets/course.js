// A region that scrolls must be reachable by keyboard. Which regions do so depends on the width of the window.
(() => {
  const regions = "pre, mjx-container[display=true], .cell_output .output, .table-scroll, div.math, table, .pst-scrollable-table-container";

  const mark = () => {
    for (const region of document.querySelectorAll(regions)) {
      const scrolls = region.scrollWidth > region.clientWidth + 1 && getComputedStyle(region).overflowX !== "visible";
      if (scrolls) region.tabIndex = 0;
      else if (region.tabIndex === 0 && !region.matches("mjx-container")) region.removeAttribute("tabindex");
    }
  };

  window.addEventListener("load", mark);
  window.addEventListener("resize", mark);
  // MathJax sets its formulas after the page has loaded.
  window.addEventListener("load", () => window.MathJax?.startup?.promise?.then(mark));
})();
