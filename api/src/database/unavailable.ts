/** The database cannot be reached at the moment. What was asked has not been done, and asking again later may work. */
export class DatabaseUnavailable extends Error {
  override name = "DatabaseUnavailable";
}

/** Requests wait for the database in a line that is already too long. */
export class DatabaseOverloaded extends Error {
  override name = "DatabaseOverloaded";
}
