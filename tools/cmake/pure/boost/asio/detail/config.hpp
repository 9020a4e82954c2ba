#error "This room is pure: it knows no sockets (see hansard_room)."
