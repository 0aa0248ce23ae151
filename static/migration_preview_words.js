// What notes of a preview mean, and names of fields as people read them.

const DROPPED = "dropped"; // somebody chose to leave the field out: no loss by surprise

export function isDropped({ code }) {
  return code === DROPPED;
}

// Something of the content does not arrive.
export function isLoss({ code }) {
  return Boolean(code) && code !== DROPPED;
}

// "Microsoft.VSTS.Scheduling.StoryPoints" as "Story points"
export function fieldWords(name) {
  const last = name.split(".").at(-1).replaceAll("_", " ");
  const words = last.replace(/([a-z\d])([A-Z])/g, "$1 $2").toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}
