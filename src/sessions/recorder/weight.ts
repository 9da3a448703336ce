/** How much memory JSON takes, roughly: in bytes, without looking into its texts. */
export function weightOf(value: unknown): number {
  if (typeof value === "string") return 2 * value.length;
  if (typeof value !== "object" || value === null) return 8;
  let weight = 16;
  for (const each of Object.values(value)) weight += weightOf(each) + 16;
  return weight;
}
