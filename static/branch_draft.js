// What was typed into the form, kept in this tab while it goes to another page to sign in and comes back.

const PREFIX = "crosswalk-branch"; // of a person and an issue, so that nobody finds what somebody else wrote

export function keepDraft(accountId, issueKey, values) {
  sessionStorage.setItem(placeOf(accountId, issueKey), JSON.stringify(values));
}

// The values of before, once; null when there are none.
export function takeDraft(accountId, issueKey) {
  const place = placeOf(accountId, issueKey);
  const kept = sessionStorage.getItem(place);
  sessionStorage.removeItem(place);
  return kept ? JSON.parse(kept) : null;
}

function placeOf(accountId, issueKey) {
  return `${PREFIX} ${accountId} ${issueKey}`;
}
