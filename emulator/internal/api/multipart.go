package api

import (
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"

	"github.com/cosemu/cosemu/emulator/internal/body"
	"github.com/cosemu/cosemu/emulator/internal/coserr"
	"github.com/cosemu/cosemu/emulator/internal/xmldoc"
	"github.com/cosemu/cosemu/storage"
)

// initiateUpload begins an upload in parts (COS docs: Initiate Multipart
// Upload). Its x-cos-forbid-overwrite holds for this call alone; Complete has
// its own (choice 178).
func (e *Emulator) initiateUpload(c *call) (*reply, error) {
	meta, err := readMetadata(c, c.http.Header)
	if err != nil {
		return nil, err
	}
	if err := checkKey(c.addr.Key); err != nil {
		return nil, err
	}
	if err := e.checkOverwrite(c, &meta); err != nil {
		return nil, err
	}
	upload, err := e.store.CreateUpload(c.bucket.Name, storage.Upload{
		Object: storage.Object{
			Key: c.addr.Key, Modified: c.at.UTC(), StorageClass: meta.storageClass, Header: meta.header, ACL: meta.acl,
			Tags: meta.tags,
		},
		Initiator: c.key.AppID,
	})
	if err != nil {
		return nil, err
	}
	x := xmldoc.NewWriter("")
	x.Open("InitiateMultipartUploadResult")
	x.Text("Bucket", c.bucket.Name)
	x.Text("Key", upload.Key)
	x.Text("UploadId", upload.ID)
	x.Close("InitiateMultipartUploadResult")
	rep := xmlReply(x.Bytes())
	rep.encryption(upload.Header)
	return rep, nil
}

// uploadPart stores one part; its size is judged at the end alone (COS docs:
// Upload Part).
func (e *Emulator) uploadPart(c *call) (*reply, error) {
	if err := new(metadata).readEncryption(c.http.Header); err != nil {
		return nil, err
	}
	upload, number, err := e.findPart(c)
	if err != nil {
		return nil, err
	}
	pace, err := e.readTraffic(c, c.http.Header)
	if err != nil {
		return nil, err
	}
	spec, cerr := body.Check(c.http, maxObject)
	if cerr != nil {
		return nil, cerr
	}
	part, err := e.receivePart(c, upload.ID, number, spec, e.incoming(c, c.http.Body, pace))
	if err != nil {
		return nil, err
	}
	return putReply(&storage.Object{ETag: part.ETag, CRC64: part.CRC64, Header: upload.Header}), nil
}

// findPart reads which part of which upload a request is about (choice 176).
func (e *Emulator) findPart(c *call) (storage.Upload, int, error) {
	number, ok := digits(c.query.value("partNumber"))
	if !ok || number < 1 || number > storage.MaxPart {
		return storage.Upload{}, 0, coserr.New(coserr.InvalidArgument).
			WithMessage("Part number must be an integer between 1 and 10000, inclusive.")
	}
	if !c.query.has("uploadId") {
		return storage.Upload{}, 0, coserr.New(coserr.InvalidArgument).WithMessage("A partNumber needs an uploadId.")
	}
	upload, err := e.store.Upload(c.bucket.Name, c.addr.Key, c.query.value("uploadId"))
	return upload, int(number), err
}

// receivePart stores what src holds as a part: all of it, once it has all
// arrived and is right, or nothing.
func (e *Emulator) receivePart(c *call, uploadID string, number int, spec body.Spec, src io.Reader) (*storage.Part, error) {
	staged, digest, err := e.stage(c, spec, src)
	if err != nil {
		return nil, err
	}
	part := &storage.Part{Number: number, ETag: etag(&digest.MD5), CRC64: digest.CRC64, Modified: c.at.UTC()}
	return part, staged.CommitPart(c.bucket.Name, c.addr.Key, uploadID, *part)
}

// abortUpload ends an upload and drops its parts (COS docs: Abort Multipart
// Upload).
func (e *Emulator) abortUpload(c *call) (*reply, error) {
	if err := e.store.AbortUpload(c.bucket.Name, c.addr.Key, c.query.value("uploadId")); err != nil {
		return nil, err
	}
	return &reply{status: http.StatusNoContent}, nil
}

// copyPart stores a piece of an object as a part (COS docs: Upload Part -
// Copy). Its answer prints the quotes of the ETag as they are, and the time
// without a zone; CRC64 stands where Copy Object has it (choice 184).
func (e *Emulator) copyPart(c *call) (*reply, error) {
	upload, number, err := e.findPart(c)
	if err != nil {
		return nil, err
	}
	if err := errors.Join(checkSourceKey(c.http.Header), new(metadata).readEncryption(c.http.Header)); err != nil {
		return nil, err
	}
	if err := checkSourceConditions(c.http.Header); err != nil {
		return nil, err
	}
	at, err := e.readSource(c)
	if err != nil {
		return nil, err
	}
	source, err := e.openSource(c, at)
	if err != nil {
		return nil, err
	}
	defer source.Close()
	from, length, err := sourceRange(c.http.Header, source.Size)
	if err != nil {
		return nil, err
	}
	if _, err := source.Seek(from, io.SeekStart); err != nil {
		return nil, err
	}
	part, err := e.receivePart(c, upload.ID, number, body.Spec{Length: length, Limit: maxObject}, source)
	c.received = 0 // none of it came from the client
	if err != nil {
		return nil, err
	}
	x := xmldoc.NewWriter("")
	x.Open("CopyPartResult")
	x.Raw("ETag", `"`+part.ETag+`"`)
	x.Text("CRC64", strconv.FormatUint(part.CRC64, 10))
	x.Time("LastModified", part.Modified, "2006-01-02T15:04:05")
	x.Close("CopyPartResult")
	rep := xmlReply(x.Bytes())
	rep.encryption(upload.Header)
	rep.copied(&source.Object)
	return rep, nil
}

// sourceRange reads x-cos-copy-source-range, `bytes=first-last` and nothing
// else; the whole source without it (choice 184).
func sourceRange(h http.Header, size int64) (from, length int64, err error) {
	text := first(h, "X-Cos-Copy-Source-Range")
	if text == "" {
		if size > maxObject {
			return 0, 0, coserr.New(coserr.EntityTooLarge)
		}
		return 0, size, nil
	}
	spec, hasUnit := strings.CutPrefix(text, "bytes=")
	a, b, _ := strings.Cut(spec, "-")
	from, hasFirst := digits(a)
	last, hasLast := digits(b)
	switch {
	case !hasUnit || !hasFirst || !hasLast || last < from:
		return 0, 0, coserr.New(coserr.InvalidArgument).WithMessage("x-cos-copy-source-range must be bytes=first-last.")
	case last >= size:
		return 0, 0, coserr.New(coserr.InvalidRange)
	case last-from >= maxObject:
		return 0, 0, coserr.New(coserr.EntityTooLarge)
	}
	return from, last - from + 1, nil
}
