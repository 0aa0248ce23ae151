// Sums up what the health tells per project into one reading per connection.

// `connection` is an item of GET /api/health; its `links` are the linked projects.
export function readHealth(connection) {
  const { links } = connection;
  const ages = links.map(({ inbox }) => inbox.oldestAgeSeconds ?? 0);
  return {
    id: connection.id,
    light: connection.light,
    // what the light says already is not said twice
    problems: connection.credential.problems.filter(({ detail }) => detail !== connection.light.sentence),
    rates: connection.rates,
    links,
    inbox: { depth: links.reduce((sum, { inbox }) => sum + inbox.depth, 0), oldestSeconds: Math.max(0, ...ages) },
    lastEvent: latest(links.map((link) => link.lastEvent)),
    lastAnswer: latest(links.map((link) => link.lastAnswer)),
    latency: slowest(links.map(({ latency }) => latency)),
    counts: sum(links.map(({ lastAnswer }) => lastAnswer)),
    deadLetters: connection.deadLetters,
  };
}

// Of moments `{at}`, some of them null, the newest.
function latest(moments) {
  return moments.filter(Boolean).reduce((newest, next) => (newest && newest.at >= next.at ? newest : next), null);
}

// Of the times to Jira of several projects, that of the slowest; null when there was no event in the last hour.
function slowest(latencies) {
  const known = latencies.filter(({ count }) => count);
  return known.reduce((worst, next) => (worst && worst.p95Milliseconds >= next.p95Milliseconds ? worst : next), null);
}

// What Jira did with everything so far: {accepted, failed, unknownKeys}.
function sum(answers) {
  const total = { accepted: 0, failed: 0, unknownKeys: 0 };
  for (const answer of answers.filter(Boolean)) for (const name of Object.keys(total)) total[name] += answer[name];
  return total;
}
