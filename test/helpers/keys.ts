/** Keys that tests may print: good ones by every rule, and used nowhere else. */
export const keyA = "Vb3kQ-9sT_x2LmNpR7wYzA1cD4eF6gH8jK0uIoPqSrE";
export const keyB = "z7Yx5Wv3Ut1Sr9Qp7On5Ml3Kj1Ih9Gf7Ed5Cb3Aa1Zy";
