// @ts-check
// Days as ISO text. Only for what the form itself needs: how long a period is, and where it ends.

const DAY = 86_400_000;

/**
 * @param {string} text
 * @returns {number | null} days since 1970, null when it is no day
 */
function dayNumber(text) {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) {
    return null;
  }
  const time = Date.parse(`${text}T00:00:00Z`);
  return Number.isNaN(time) || new Date(time).toISOString().slice(0, 10) !== text ? null : time / DAY;
}

/**
 * The day so many days later; blank when the first is no day.
 * @param {string} text
 * @param {number} days
 */
export function addDays(text, days) {
  const number = dayNumber(text);
  return number === null ? "" : new Date((number + days) * DAY).toISOString().slice(0, 10);
}

/**
 * How long a period is, both ends included: `84 days (12 weeks)`; blank when there is none.
 * @param {string} first
 * @param {string} last
 */
export function periodLength(first, last) {
  const [from, to] = [dayNumber(first), dayNumber(last)];
  if (from === null || to === null || to < from) {
    return "";
  }
  const days = to - from + 1;
  const weeks = days % 7 === 0 ? ` (${plural(days / 7, "week")})` : "";
  return `${plural(days, "day")}${weeks}`;
}

/**
 * `1 week`, `12 weeks`, `6,000 rows`.
 * @param {number} count
 * @param {string} noun
 */
export function plural(count, noun) {
  return `${count.toLocaleString("en")} ${noun}${count === 1 ? "" : "s"}`;
}
