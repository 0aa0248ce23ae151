// What notes of a preview mean, and names of fields as people read them.

const CHOSEN = ["dropped", "taken"]; // by the mapping a field is left out, or stands behind another: no loss by surprise

export function isDropped({ code }) {
  return CHOSEN.includes(code);
}

// Something of the content does not arrive.
export function isLoss({ code }) {
  return Boolean(code) && !CHOSEN.includes(code);
}

// "Microsoft.VSTS.Scheduling.StoryPoints" as "Story points"
export function fieldWords(name) {
  const last = name.split(".").at(-1).replaceAll("_", " ");
  const words = last.replace(/([a-z\d])([A-Z])/g, "$1 $2").toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}
