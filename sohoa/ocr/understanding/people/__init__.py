"""Who a paper is about: numbers of persons, taxpayers and dossiers, and the owner's fields (`fields.people_fields`)."""
