SELECT mediaType, count(*) AS images, sum(bytes) AS bytes, avg(width * height / 1e6) AS megapixels
FROM 'images.parquet'
GROUP BY mediaType
ORDER BY images DESC, mediaType;
