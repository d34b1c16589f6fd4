// Call Activity: names are searched in the page, numbers by the server; what is empty stays out of the address.
import * as assign from "./assign.js";

assign.start();
const form = document.getElementById("activity-filters");
form.addEventListener("submit", () => {
  for (const field of form.elements) {
    if (field.name === "phone_search" || (field.name && field.value === "")) field.disabled = true;
  }
});
// The digits that are searched for are no filter: Enter there must not send the form.
form.querySelector("[name=phone_search]").addEventListener("keydown", (event) => {
  if (event.key === "Enter") event.preventDefault();
});
addEventListener("pageshow", () => {
  for (const field of form.elements) field.disabled = false;
});
