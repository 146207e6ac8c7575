import { describe, expect, it } from "vitest";

import { TryBudget } from "../../../src/rotate/proof/budget.js";

const answers = (...times: number[]) => times.map((ms) => ({ ms, limits: false }));
const usual = answers(5, 5, 6, 6, 7, 7, 8, 9);

describe("a budget of wrong tries", () => {
  it.each([
    [null, 16],
    [Infinity, 16],
    [64, 16],
    [3, 3],
    [0, 1],
  ])("of %s between two right ones makes so many at once: %i", (between, wave) => {
    expect(new TryBudget(between).wave).toBe(wave);
  });

  it("ends at the first answer that is 429", () => {
    const budget = new TryBudget(null);
    budget.spend(usual);
    expect(budget.ended).toBeNull();
    budget.spend([...answers(5), { ms: 5, limits: true }]);
    expect(budget.ended).toBe("limited");
  });

  it.each([
    ["when all of a wave are slow", answers(5000, 5100), "slow"],
    ["not when one is slow by chance", answers(5000, 6), null],
    ["not when all are as slow as before, nearly", answers(40, 50), null],
  ])("ends %s", (_, wave, ended) => {
    const budget = new TryBudget(3);
    budget.spend(usual);
    budget.spend(wave);
    expect(budget.ended).toBe(ended);
  });

  it("does not call a server slow that has always been so", () => {
    const budget = new TryBudget(null);
    for (let wave = 0; wave < 4; wave++) budget.spend(answers(2000, 2000, 2100, 2200));
    expect(budget.ended).toBeNull();
  });

  it("is over when the time is, whatever ended it before", () => {
    const budget = new TryBudget(null);
    budget.spend([{ ms: 1, limits: true }]);
    budget.expire();
    expect(budget.ended).toBe("limited");
  });
});
