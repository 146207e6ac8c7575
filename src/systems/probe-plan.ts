/** What the prober asks a system, and how it judges the answers. */
export interface ProbePlan {
  readonly placeholder?: never;
}
