"""What the panel asks and shows, as plain objects that know no Qt."""
