// Sums up what the health tells per project into one reading per connection.

// `connection` is an item of GET /api/health; its `links` are the linked projects.
export function readHealth(connection) {
  const { links } = connection;
  const ages = links.map(({ inbox }) => inbox.oldestAgeSeconds ?? 0);
  return {
    id: connection.id,
    credential: connection.credential,
    problems: connection.credential.problems,
    links,
    inbox: { depth: links.reduce((sum, { inbox }) => sum + inbox.depth, 0), oldestSeconds: Math.max(0, ...ages) },
    lastEvent: latest(links.map((link) => link.lastEvent)),
    lastAnswer: latest(links.map((link) => link.lastAnswer)),
    deadLetters: connection.deadLetters,
  };
}

// Of moments `{at}`, some of them null, the newest.
function latest(moments) {
  return moments.filter(Boolean).reduce((newest, next) => (newest && newest.at >= next.at ? newest : next), null);
}
