package fidelity

// paramRows are the query parameters that are read, beside those that select
// the call.
func paramRows() []row {
	var rows []row
	for _, r := range params() {
		rows = append(rows, row{kind: kindParam, name: r[0], what: r[1], source: r[2]})
	}
	return rows
}

// params: name, the calls that read it and what it does there, source.
func params() [][3]string {
	const override = "GET, HEAD Object, signed: the answer's header of that name"
	return [][3]string{
		{"continuation-token", "GET Bucket, list-type 2: the page begins behind it", "seen: Moonlark PR 1416; choice 714"},
		{"create-time", "GET Service: refused by name", "cosemu's own limit: the filter is not there"},
		{"delimiter", "lists: what lies behind it is one common prefix", "COS docs: GET Bucket (List Objects)"},
		{"encoding-type", "lists: `url` percent-encodes names", "COS docs: GET Bucket (List Objects)"},
		{"fetch-owner", "GET Bucket, list-type 2: `true` lists the owners", "seen: Moonlark PR 1416; choice 714"},
		{"key-marker", "List Multipart Uploads, GET Bucket Object versions: the page begins behind it", "COS docs: List Multipart Uploads; COS docs: GET Bucket Object versions"},
		{"list-type", "GET Bucket: 2 asks for the second version of the listing", "seen: Moonlark PR 1416; choice 714"},
		{"marker", "GET Bucket: the page begins behind it", "COS docs: GET Bucket (List Objects); choice 20"},
		{"max-keys", "GET Bucket: size of a page", "COS docs: GET Bucket (List Objects); choice 67"},
		{"max-parts", "List Parts: size of a page", "COS docs: List Parts; choice 67"},
		{"max-uploads", "List Multipart Uploads: size of a page", "COS docs: List Multipart Uploads; choice 67"},
		{"part-number-marker", "List Parts: the page begins behind it", "COS docs: List Parts"},
		{"partNumber", "Upload Part: 1 to 10000", "COS docs: Upload Part; choice 176"},
		{"position", "Append: the length so far", "COS docs: APPEND Object"},
		{"prefix", "lists: what begins with it", "COS docs: GET Bucket (List Objects)"},
		{"region", "GET Service: the buckets of one region", "COS docs: GET Service"},
		{"response-cache-control", override, "COS docs: GET Object; choice 59"},
		{"response-content-disposition", override, "COS docs: GET Object; choice 59"},
		{"response-content-encoding", override, "COS docs: GET Object; choice 59"},
		{"response-content-language", override, "COS docs: GET Object; choice 59"},
		{"response-content-type", override, "COS docs: GET Object; choice 59"},
		{"response-expires", override, "COS docs: GET Object; choice 59"},
		{"start-after", "GET Bucket, list-type 2: the first page begins behind it", "seen: Moonlark PR 1416; choice 714"},
		{"tagkey", "GET Service: refused by name", "cosemu's own limit: the filter is not there"},
		{"upload-id-marker", "List Multipart Uploads: the page begins behind it", "COS docs: List Multipart Uploads"},
		{"uploadId", "parts: of which upload", "COS docs: Upload Part; choice 176"},
		{"version-id-marker", "GET Bucket Object versions: the page begins behind it", "COS docs: GET Bucket Object versions; choice 213"},
		{"versionId", "GET, HEAD, DELETE Object, tagging: the version; of a bucket without versions none but `null` is there", "COS docs: GET Object; choice 214"},
		{"x-cos-traffic-limit", "as the header of that name, where there is none", "COS docs: 单链接限速; choice 200"},
	}
}
