#error "This room is pure: it knows no actors (see hansard_room)."
