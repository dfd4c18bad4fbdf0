"""Role models (道德标杆): what neighbours see and send in, and how staff go on with it."""
