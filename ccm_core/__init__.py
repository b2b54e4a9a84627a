"""Rules core of the Chronic Care Management dashboard: records in, cited findings out."""
