// Package ops is what the API can be asked: the table of operations, and their
// handlers, a file or a few for each family. A handler is a function of the
// environment and the call; it returns its answer and writes nothing to the client.
package ops

import (
	"net/http"

	"github.com/cosemu/cosemu/emulator/internal/acl"
	"github.com/cosemu/cosemu/emulator/internal/call"
)

// The words of the table.
const (
	onService, onBucket, onObject = call.Service, call.Bucket, call.Object

	byOwner                                = acl.Permission(0) // no ACL opens it
	toRead, toWrite, toReadACP, toWriteACP = acl.Read, acl.Write, acl.ReadACP, acl.WriteACP

	get, put, head, post, del = http.MethodGet, http.MethodPut, http.MethodHead, http.MethodPost, http.MethodDelete

	upload, copies, inForm            = call.Upload, call.Copies, call.InForm
	makesBucket, eachKey, accelerated = call.MakesBucket, call.EachKey, call.Accelerated
	describes                         = call.Describes
)

// Rows are what is implemented, one row a call. The columns: scope, method and
// sub-resource; the name in the journal, which is the action of policies; what an
// ACL must give; the traits; the handler; the page of the COS documents, and the
// choices where the page is silent.
//
// No ACL opens ListParts, AbortMultipartUpload (choice 177) and the tags, which
// stand in neither list of the page on ACLs; AppendObject neither, but it does
// what a PUT does (choice 210).
func Rows() []call.Operation {
	var rows []call.Operation
	for _, r := range append(serviceAndBucketRows(), objectRows()...) {
		rows = append(rows, call.Operation(r))
	}
	return rows
}

// row is an operation as one line of columns.
type row call.Operation

func serviceAndBucketRows() []row {
	return []row{
		{onService, get, "", "GetService", byOwner, 0, getService, "GET Service"},

		{onBucket, put, "", "PutBucket", byOwner, makesBucket, putBucket, "PUT Bucket; choice 66"},
		{onBucket, head, "", "HeadBucket", toRead, 0, headBucket, "HEAD Bucket"},
		{onBucket, get, "", "GetBucket", toRead, 0, listObjects, "GET Bucket (List Objects); choice 67"},
		{onBucket, del, "", "DeleteBucket", byOwner, 0, deleteBucket, "DELETE Bucket"},
		{onBucket, post, "", "PostObject", toWrite, inForm | upload | accelerated, postObject, "POST Object"},
		{onBucket, post, "delete", "DeleteObject", toWrite, eachKey, deleteObjects, "DELETE Multiple Objects; choice 68"},
		{onBucket, get, "uploads", "ListMultipartUploads", toRead, accelerated, listUploads, "List Multipart Uploads; choice 180"},

		{onBucket, get, "versioning", "GetBucketVersioning", toRead, 0, getVersioning, "GET Bucket versioning"},
		{onBucket, put, "versioning", "PutBucketVersioning", byOwner, 0, putVersioning, "PUT Bucket versioning"},
		{onBucket, get, "versions", "GetBucketObjectVersions", toRead, 0, listVersions, "GET Bucket Object versions; choice 213"},

		{onBucket, get, "location", "GetBucketLocation", byOwner, 0, getLocation, "GET Bucket location"},
		{onBucket, get, "acl", "GetBucketACL", toReadACP, 0, getBucketACL, "GET Bucket acl"},
		{onBucket, put, "acl", "PutBucketACL", toWriteACP, 0, putBucketACL, "PUT Bucket acl"},
		{onBucket, get, "cors", "GetBucketCORS", byOwner, 0, show(corsDocument), "GET Bucket cors; choice 190"},
		{onBucket, put, "cors", "PutBucketCORS", byOwner, 0, set(corsDocument), "PUT Bucket cors"},
		{onBucket, del, "cors", "DeleteBucketCORS", byOwner, 0, unset(corsDocument), "DELETE Bucket cors; choice 192"},
		{onBucket, get, "tagging", "GetBucketTagging", byOwner, 0, show(taggingDocument), "GET Bucket tagging"},
		{onBucket, put, "tagging", "PutBucketTagging", byOwner, 0, set(taggingDocument), "PUT Bucket tagging"},
		{onBucket, del, "tagging", "DeleteBucketTagging", byOwner, 0, unset(taggingDocument), "DELETE Bucket tagging; choice 192"},
		{onBucket, get, "policy", "GetBucketPolicy", byOwner, 0, show(policyDocument), "GET Bucket policy; choice 197"},
		{onBucket, put, "policy", "PutBucketPolicy", byOwner, 0, set(policyDocument), "PUT Bucket policy"},
		{onBucket, del, "policy", "DeleteBucketPolicy", byOwner, 0, unset(policyDocument), "DELETE Bucket policy"},
		{onBucket, get, "lifecycle", "GetBucketLifecycle", byOwner, 0, show(lifecycleDocument), "GET Bucket lifecycle"},
		{onBucket, put, "lifecycle", "PutBucketLifecycle", byOwner, 0, set(lifecycleDocument), "PUT Bucket lifecycle"},
		{onBucket, del, "lifecycle", "DeleteBucketLifecycle", byOwner, 0, unset(lifecycleDocument), "DELETE Bucket lifecycle; choice 192"},
		{onBucket, get, "referer", "GetBucketReferer", byOwner, 0, show(refererDocument), "GET Bucket referer; choice 196"},
		{onBucket, put, "referer", "PutBucketReferer", byOwner, 0, set(refererDocument), "PUT Bucket referer"},
		{onBucket, get, "strict-signature", "GetBucketStrictSignature", byOwner, 0, show(strictDocument), "GET Bucket StrictSignature; choice 196"},
		{onBucket, put, "strict-signature", "PutBucketStrictSignature", byOwner, 0, set(strictDocument), "PUT Bucket StrictSignature; choice 195"},
		{onBucket, del, "strict-signature", "DeleteBucketStrictSignature", byOwner, 0, unset(strictDocument), "DELETE Bucket StrictSignature; choice 192"},
		{onBucket, get, "accelerate", "GetBucketAccelerate", byOwner, 0, show(accelerateDocument), "GET Bucket Accelerate; choice 196"},
		{onBucket, put, "accelerate", "PutBucketAccelerate", byOwner, 0, set(accelerateDocument), "PUT Bucket Accelerate"},
		{onBucket, get, "intelligenttiering", "GetBucketIntelligentTiering", byOwner, 0, show(tieringDocument), "GET Bucket IntelligentTiering; choice 196"},
		{onBucket, put, "intelligenttiering", "PutBucketIntelligentTiering", byOwner, 0, set(tieringDocument), "PUT Bucket IntelligentTiering"},
	}
}

func objectRows() []row {
	return []row{
		{onObject, put, "", "PutObject", toWrite, upload | accelerated | describes, putObject, "PUT Object"},
		{onObject, put, "", "PutObject", toWrite, upload | copies, copyObject, "PUT Object - Copy"},
		{onObject, get, "", "GetObject", toRead, accelerated, getObject, "GET Object"},
		{onObject, head, "", "HeadObject", toRead, accelerated, getObject, "HEAD Object"},
		{onObject, del, "", "DeleteObject", toWrite, 0, deleteObject, "DELETE Object; choice 58"},
		{onObject, post, "append", "AppendObject", toWrite, upload | accelerated | describes, appendObject, "APPEND Object; choice 210"},
		{onObject, http.MethodOptions, "", "OptionsObject", byOwner, 0, answerPreflight, "OPTIONS Object; choice 134"},

		{onObject, post, "uploads", "InitiateMultipartUpload", toWrite, upload | accelerated | describes, initiateUpload, "Initiate Multipart Upload; choice 178"},
		{onObject, put, "uploadId", "UploadPart", toWrite, upload | accelerated, uploadPart, "Upload Part"},
		{onObject, put, "partNumber", "UploadPart", toWrite, upload | accelerated, uploadPart, "choice 176"},
		{onObject, put, "uploadId", "UploadPartCopy", toWrite, upload | copies, copyPart, "Upload Part - Copy; choice 184"},
		{onObject, get, "uploadId", "ListParts", byOwner, accelerated, listParts, "List Parts; choice 180"},
		{onObject, post, "uploadId", "CompleteMultipartUpload", toWrite, upload | accelerated, completeUpload, "Complete Multipart Upload"},
		{onObject, del, "uploadId", "AbortMultipartUpload", byOwner, accelerated, abortUpload, "Abort Multipart Upload"},

		{onObject, get, "acl", "GetObjectACL", toReadACP, 0, getObjectACL, "GET Object acl; choice 228"},
		{onObject, put, "acl", "PutObjectACL", toWriteACP, 0, putObjectACL, "PUT Object acl"},
		{onObject, get, "tagging", "GetObjectTagging", byOwner, 0, getTags, "GET Object tagging"},
		{onObject, put, "tagging", "PutObjectTagging", byOwner, 0, putTags, "PUT Object tagging"},
		{onObject, del, "tagging", "DeleteObjectTagging", byOwner, 0, deleteTags, "DELETE Object tagging"},
	}
}

// unserved are the sub-resources of the cloud that cosemu does not have. A call
// with one of them is refused by its name: 501, whatever its scope and method
// (COS docs: API 文档).
func unserved() []string {
	return []string{
		"decompression", "domain", "domaincertificate", "encryption", "guetzli", "hdr-image-processing",
		"hotlink", "image-slim", "intelligent-tiering", "inventory", "legal-hold", "live", "logging",
		"metadata", "notification", "object-lock", "origin", "origin-protect", "quota", "recursive",
		"rename", "replication", "restore", "retention", "select", "style", "symlink", "torrent",
		"unbind", "vod", "website",
	}
}
