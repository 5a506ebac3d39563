const SHAPE = /^[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}$/;

/**
 * ISO 13616: country, two check digits, account, 15 to 34 characters, here without spaces and in capitals; the check is
 * ISO 7064 mod 97-10. Check digits are 02 to 98: 00, 01 and 99 would pass the division too, and one account would have
 * two spellings. Lengths per country are the door's business: they change with the registry.
 */
export function isIban(text: string): boolean {
  return SHAPE.test(text) && isCheckDigits(text.slice(2, 4)) && remainder(text.slice(4) + text.slice(0, 4)) === 1;
}

function isCheckDigits(digits: string): boolean {
  return digits !== '00' && digits !== '01' && digits !== '99';
}

/** Of the number that the text stands for when A is 10 and Z is 35, divided by 97. */
function remainder(text: string): number {
  let rest = 0;
  for (const character of text) {
    const value = Number.parseInt(character, 36);
    rest = (rest * (value > 9 ? 100 : 10) + value) % 97;
  }
  return rest;
}
