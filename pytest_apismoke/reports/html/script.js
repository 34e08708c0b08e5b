// Nothing here is needed to read the report: it adds "Copy" and the search by name.
"use strict";
document.querySelectorAll("button[data-copy]").forEach(function (button) {
  button.hidden = false;
  button.addEventListener("click", function () {
    const source = document.getElementById(button.dataset.copy);
    function done(word) {
      button.textContent = word;
      setTimeout(function () { button.textContent = "Copy"; }, 2000);
    }
    function select() {
      getSelection().selectAllChildren(source);
      done("Selected: press Ctrl+C");
    }
    // Without https, and from some archives, there is no clipboard to write to.
    if (navigator.clipboard) {
      navigator.clipboard.writeText(source.textContent).then(function () { done("Copied"); }, select);
    } else {
      select();
    }
  });
});
document.querySelectorAll(".search").forEach(function (box) {
  const part = box.closest(".part"), input = box.querySelector("input");
  box.hidden = false;
  input.addEventListener("input", function () {
    const wanted = input.value.trim().toLowerCase();
    let hits = 0;
    part.querySelectorAll(".checks tbody").forEach(function (group) {
      let some = false;
      group.querySelectorAll("tr:not(.group)").forEach(function (row) {
        row.hidden = !(group.dataset.api + " " + row.textContent).toLowerCase().includes(wanted);
        if (!row.hidden) {
          some = true;
          hits += 1;
        }
      });
      group.hidden = !some;
    });
    box.querySelector("[role=status]").textContent =
      wanted ? hits + (hits === 1 ? " check" : " checks") : "";
  });
});
