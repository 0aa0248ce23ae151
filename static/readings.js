// Brings what the API answers into the one shape that the cards and the verdict read.

// One connection of GET /api/health.
export function readHealth(connection) {
  return connection;
}
