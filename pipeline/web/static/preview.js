// Shows what is new as soon as a file is saved. Without this script the pages work all the same.
"use strict";

const said = document.getElementById("said");

// Puts the new state of this very page in place of the old one; whoever reads keeps their place.
async function renew() {
  const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  const focused = document.activeElement?.id;
  const place = [scrollX, scrollY];
  const asked = document.getElementById("q")?.value;
  document.title = fresh.title;
  document.querySelector("main").replaceWith(document.adoptNode(fresh.querySelector("main")));
  document.body.dataset.version = fresh.body.dataset.version;
  if (asked !== undefined && document.getElementById("q")) document.getElementById("q").value = asked;
  if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
  scrollTo(...place);
  const wrong = document.querySelector(".wrong h2");
  said.textContent = `Read again at ${new Date().toLocaleTimeString()}${wrong ? `: ${wrong.textContent}` : ""}`;
}

let renewing = Promise.resolve();
const events = new EventSource("/events");
events.addEventListener("look", (event) => {
  renewing = renewing
    .then(() => (event.data === document.body.dataset.version ? undefined : renew()))
    .catch(() => { said.textContent = "The preview does not answer"; });
});
events.addEventListener("error", () => { said.textContent = "The preview does not answer"; });
events.addEventListener("open", () => { said.textContent = ""; });
