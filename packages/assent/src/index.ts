/** What everyone who meets Assent needs: its words, its errors, its limits. */
export * from '@assent/contract'
