"""How Django writes dates and times where no template says otherwise: as Europeans do."""
