// Questions that a worker answers: they take seconds, and what is being done is shown meanwhile.

import { make, setText } from "./elements.js";

const SLOW = "worker_slow"; // the worker goes on with it: asking again waits for the same answer
const TIMES = 5;

// A line with a spinner; `during(words, act)` shows it while `act(say)` goes on and returns what that returned.
export function busyLine() {
  const words = make("span", { role: "status" });
  const spinner = make("span", { class: "spinner", "aria-hidden": "true" });
  const element = make("div", { class: "row busy-line", hidden: true }, spinner, words);
  const during = async (text, act) => {
    element.hidden = false;
    setText(words, text);
    try {
      return await act((said) => setText(words, said));
    } finally {
      element.hidden = true;
      setText(words, "");
    }
  };
  return { element, during };
}

// The answer of `ask()`, which is asked again while a worker is still at it. Raises Refusal.
export async function askPatiently(ask, say) {
  for (let time = 1; ; time += 1) {
    try {
      return await ask();
    } catch (refusal) {
      if (refusal.code !== SLOW || time === TIMES) throw refusal;
      say(refusal.message);
    }
  }
}
