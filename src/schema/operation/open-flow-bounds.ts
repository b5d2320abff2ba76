/** How many open flows of one application Atlas is asked for at most, to learn whether they have ended. */
export const mostAsked = 5;
