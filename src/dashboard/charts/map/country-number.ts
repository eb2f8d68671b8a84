/** The number of a country; `other` stands for those that are not named. */
export interface CountryNumber {
  country: string
  value: number
}
