/** A length of time for people, in its two greatest units: `2.3 s`, `4 min 10 s`, `11 h 59 min`. */
export function timeText(ms: number): string {
  const wholeSeconds = Math.round(ms / 1_000);
  if (ms < 60_000) return `${(ms / 1_000).toFixed(1)} s`;
  if (wholeSeconds < 3_600) return `${Math.floor(wholeSeconds / 60)} min ${wholeSeconds % 60} s`;
  const wholeMinutes = Math.floor(wholeSeconds / 60);
  return `${Math.floor(wholeMinutes / 60)} h ${wholeMinutes % 60} min`;
}
