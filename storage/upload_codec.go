package storage

// appendUpload appends the record of u, its key and ID excepted.
func appendUpload(dst []byte, u *Upload) []byte {
	dst = append(dst, recordVersion)
	dst = appendString(dst, tagInitiator, u.Initiator)
	return appendObjectFields(dst, &u.Object)
}

// decodeUpload reads a record made by appendUpload. For a listing it reads
// only what a listing shows.
func decodeUpload(rec []byte, key, id string, listing bool) (Upload, error) {
	u := Upload{Object: Object{Key: key}, ID: id}
	d, err := newDecoder(rec, listing)
	if err != nil {
		return u, err
	}
	for d.next() {
		if d.tag == tagInitiator {
			u.Initiator = d.payload
			continue
		}
		d.objectField(&u.Object)
	}
	return u, d.err
}

// appendPart appends the record of p, its number excepted. It is an object's
// with a few of its fields, so whoever looks for segments finds them.
func appendPart(dst []byte, p *Part) []byte {
	return appendObject(dst, &Object{Size: p.Size, ETag: p.ETag, CRC64: p.CRC64, Modified: p.Modified, Segments: p.Segments})
}

func decodePart(rec []byte, number int, listing bool) (Part, error) {
	o, err := decodeObject(rec, "", listing)
	return Part{Number: number, Size: o.Size, ETag: o.ETag, CRC64: o.CRC64, Modified: o.Modified, Segments: o.Segments}, err
}
