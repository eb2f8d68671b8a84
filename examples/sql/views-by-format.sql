SELECT mediaType, count(DISTINCT imageId) AS images, count(*) AS views
FROM 'events.parquet' AS events JOIN 'images.parquet' AS images ON images.id = imageId
WHERE automated IS NOT TRUE AND type = 'view'
GROUP BY mediaType
ORDER BY views DESC, mediaType;
